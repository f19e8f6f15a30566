using System.Globalization;
using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>A passenger's features by name.</summary>
internal static class NamedCells
{
    public static Dictionary<string, object?> Of(PassengerFeatures features) =>
        TitanicFeatures.Definitions.Zip(FeatureTables.Cells(features)).ToDictionary(f => f.First.Name, f => f.Second);
}

/// <summary>Compares values that came through JSON, where 3 and 3.0 are the same.</summary>
internal static class CellText
{
    public static bool Same(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (string x, string y) => x == y,
        (bool x, bool y) => x == y,
        (string or bool, _) or (_, string or bool) => false,
        _ => Convert.ToDouble(a, CultureInfo.InvariantCulture) == Convert.ToDouble(b, CultureInfo.InvariantCulture),
    };
}
