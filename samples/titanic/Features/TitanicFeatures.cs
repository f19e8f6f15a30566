using Dowel.Contracts;

namespace Dowel.Samples.Titanic.Features;

/// <summary>Feature engineering: from what the passenger list says to what a model can learn from. Nothing here looks at who survived.</summary>
public static class TitanicFeatures
{
    public const string View = "passenger_features";
    public const string EntityKey = "passenger_id";

    /// <summary>The Titanic left Southampton on 10 April 1912: from then on all of this was known.</summary>
    public static readonly DateTimeOffset Departure = new(1912, 4, 10, 12, 0, 0, TimeSpan.Zero);

    private const double AdultAge = 13;

    /// <summary>The features as the feature store describes them; defaults are what is usual, for passengers nobody knows.</summary>
    public static IReadOnlyList<Feature> Definitions { get; } =
    [
        new() { Name = "title", Type = "string", Description = "Title in the name: Mr, Miss, Mrs, Master (a boy) or other.", Default = "Mr" },
        new() { Name = "is_female", Type = "boolean", Description = "Whether the passenger is a woman or a girl.", Default = false },
        new() { Name = "class_number", Type = "int64", Description = "Passenger class: 1, 2 or 3.", Default = 3L },
        new() { Name = "age", Type = "float64", Description = "Age in years; where it is unknown, the median age of passengers of the same title.", Default = 28.0 },
        new() { Name = "age_missing", Type = "boolean", Description = "Whether the age is unknown and was filled in.", Default = true },
        new() { Name = "is_child", Type = "boolean", Description = "Whether the passenger is younger than 13.", Default = false },
        new() { Name = "family_size", Type = "int64", Description = "Passengers of the same class with the same surname, this one included.", Default = 1L },
    ];

    /// <summary>The features of every passenger, in the passengers' order.</summary>
    public static IReadOnlyList<PassengerFeatures> Build(IReadOnlyList<Passenger> passengers)
    {
        var medianAges = MedianAgeByTitle(passengers);
        var families = passengers.CountBy(p => (SurnameOf(p.Name), p.Class)).ToDictionary();
        return [.. passengers.Select(p =>
        {
            var title = TitleOf(p.Name);
            var age = p.Age ?? medianAges[title];
            return new PassengerFeatures
            {
                Title = title,
                IsFemale = p.Sex == "female",
                ClassNumber = p.Class[0] - '0',
                Age = age,
                AgeMissing = p.Age is null,
                IsChild = age < AdultAge,
                FamilySize = families[(SurnameOf(p.Name), p.Class)],
            };
        })];
    }

    /// <summary>"Allison, Master. Hudson Trevor" has the title Master.</summary>
    public static string TitleOf(string name)
    {
        var from = name.IndexOf(", ", StringComparison.Ordinal) + 2;
        var to = from < 2 ? -1 : name.IndexOf('.', from);
        return to < 0 ? "other" : name[from..to] switch
        {
            "Mr" => "Mr",
            "Miss" or "Ms" or "Mlle" => "Miss",
            "Mrs" or "Mme" => "Mrs",
            "Master" => "Master",
            _ => "other",
        };
    }

    public static string SurnameOf(string name) => name.Split(',')[0];

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0) throw new ArgumentException("There is no median of nothing.", nameof(values));
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static Dictionary<string, double> MedianAgeByTitle(IReadOnlyList<Passenger> passengers)
    {
        var known = passengers.Where(p => p.Age is not null).ToLookup(p => TitleOf(p.Name), p => p.Age!.Value);
        var overall = Median(known.SelectMany(ages => ages));
        return passengers.Select(p => TitleOf(p.Name)).Distinct().ToDictionary(t => t, t => known[t].Any() ? Median(known[t]) : overall);
    }
}
