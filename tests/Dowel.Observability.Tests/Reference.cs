using System.Text.Json;

namespace Dowel.Observability.Tests;

/// <summary>The figures that SciPy, scikit-learn and numpy gave; References/make_figures.py says how.</summary>
internal static class Reference
{
    public static JsonElement Figures { get; } = Load();

    public sealed record Spec(long Seed, int N, double Scale, double Shift, int Levels);

    public static Spec SpecOf(JsonElement e) => e.Deserialize<Spec>(JsonSerializerOptions.Web)!;

    /// <summary>The generator of the script: Park and Miller's minimal standard one.</summary>
    public static double[] Uniform(long seed, int n)
    {
        var values = new double[n];
        for (var i = 0; i < n; i++)
        {
            seed = seed * 48271 % 2147483647;
            values[i] = seed / 2147483647.0;
        }
        return values;
    }

    public static double[] Sample(Spec spec) => [.. Uniform(spec.Seed, spec.N).Select(u =>
    {
        var v = (u * spec.Scale) + spec.Shift;
        return spec.Levels > 0 ? Math.Floor(v * spec.Levels) / spec.Levels : v;
    })];

    public static void Near(double expected, double actual, double relative, string what)
    {
        var difference = Math.Abs(expected - actual);
        Assert.True(difference <= relative * Math.Abs(expected) || difference < 1e-305, $"{what}: expected {expected:R}, got {actual:R}");
    }

    private static JsonElement Load()
    {
        using var stream = typeof(Reference).Assembly.GetManifestResourceStream("figures.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
