using System.Globalization;
using Dowel.Contracts;

namespace Dowel.Samples.Titanic.Features;

/// <summary>Features to and from the tables that the feature store sends and takes.</summary>
public static class FeatureTables
{
    private const string TimeField = "event_timestamp";

    /// <summary>The rows to push into the feature view.</summary>
    public static TableData ToPush(IReadOnlyList<Passenger> passengers, IReadOnlyList<PassengerFeatures> features) => new()
    {
        Columns =
        [
            new(TitanicFeatures.EntityKey, "int64", false),
            new(TimeField, "timestamp", false),
            .. TitanicFeatures.Definitions.Select(f => new ColumnInfo(f.Name, f.Type)),
        ],
        Rows = [.. passengers.Zip(features, (p, f) => (object?[])[p.Id, Text(TitanicFeatures.Departure), .. Cells(f)])],
    };

    /// <summary>Passengers, the time at which their features are wanted, and what became of them.</summary>
    public static TableData EntityRows(IEnumerable<(long Id, bool Survived)> labels, DateTimeOffset at) => new()
    {
        Columns = [new(TitanicFeatures.EntityKey, "int64", false), new(TimeField, "timestamp", false), new("survived", "boolean", false)],
        Rows = [.. labels.Select(l => (object?[])[l.Id, Text(at), l.Survived])],
    };

    /// <summary>A training set as the point-in-time join answers it.</summary>
    public static IReadOnlyList<TrainingRow> ToTraining(TableData table)
    {
        var at = table.Columns.Select((c, i) => (c.Name, i)).ToDictionary(c => c.Name, c => c.i);
        return [.. table.Rows.Select(r => new TrainingRow
        {
            PassengerId = Convert.ToInt64(r[at[TitanicFeatures.EntityKey]], CultureInfo.InvariantCulture),
            Survived = (bool)r[at["survived"]]!,
            Title = (string)r[at["title"]]!,
            IsFemale = (bool)r[at["is_female"]]!,
            ClassNumber = Convert.ToInt64(r[at["class_number"]], CultureInfo.InvariantCulture),
            Age = Convert.ToDouble(r[at["age"]], CultureInfo.InvariantCulture),
            AgeMissing = (bool)r[at["age_missing"]]!,
            IsChild = (bool)r[at["is_child"]]!,
            FamilySize = Convert.ToInt64(r[at["family_size"]], CultureInfo.InvariantCulture),
        })];
    }

    /// <summary>The values in the order of <see cref="TitanicFeatures.Definitions"/>.</summary>
    public static object?[] Cells(PassengerFeatures f) => [f.Title, f.IsFemale, f.ClassNumber, f.Age, f.AgeMissing, f.IsChild, f.FamilySize];

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
