using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Tests;

internal static class Data
{
    public static IReadOnlyList<Passenger> Passengers { get; } = Read();

    public static IReadOnlyList<PassengerFeatures> Features { get; } = TitanicFeatures.Build(Passengers);

    public static IReadOnlyList<TrainingRow> Rows { get; } = [.. Passengers.Zip(Features, (p, f) => new TrainingRow
    {
        PassengerId = p.Id,
        Survived = p.Survived,
        Title = f.Title,
        IsFemale = f.IsFemale,
        ClassNumber = f.ClassNumber,
        Age = f.Age,
        AgeMissing = f.AgeMissing,
        IsChild = f.IsChild,
        FamilySize = f.FamilySize,
    })];

    public static PassengerFeatures Of(long id) => Features[(int)id - 1];

    private static IReadOnlyList<Passenger> Read()
    {
        using var file = File.OpenText(Path.Combine(AppContext.BaseDirectory, "titanic.csv"));
        return PassengerCsv.Read(file);
    }
}
