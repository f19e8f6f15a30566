namespace Dowel.Tables.Tests;

internal static class TestData
{
    public static string Titanic { get; } = Path.Combine(AppContext.BaseDirectory, "Data", "titanic.csv");
}
