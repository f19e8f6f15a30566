using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Tensors;

namespace Dowel.Registry.Gates;

/// <summary>Compares what a model predicted with what is right.</summary>
internal static class BatchChecks
{
    // A class that comes as a number is right when it is the same number; the rest is rounding.
    private const double SameNumber = 1e-6;

    public static IEnumerable<GateCheck> Slice(DataSlice slice, BatchReport report)
    {
        var name = $"slice {slice.Name}";
        var expected = string.Join(" and ", new[] { slice.MinAccuracy is { } a ? $"at least {Gate.Number(a * 100)} % right" : null, slice.MaxError is { } e ? $"a mean absolute error of at most {Gate.Number(e)}" : null }.OfType<string>());
        var problem = report.Problem;
        var output = problem is null ? Output(report.Outputs!, slice.Output, slice.Expected.Count, out problem) : null;
        if (output is null)
        {
            yield return new GateCheck(name, false, problem!, expected);
            yield break;
        }
        if (slice.MinAccuracy is { } least)
        {
            var right = slice.Expected.Where((want, i) => Same(want, output[i], SameNumber)).Count();
            yield return new GateCheck(name, right >= least * slice.Expected.Count - 1e-9, $"{right} of {slice.Expected.Count} right", $"at least {Gate.Number(least * 100)} % right");
        }
        if (slice.MaxError is { } most)
        {
            var errors = slice.Expected.Select((want, i) => Real(want) is { } w && Real(output[i]) is { } g ? Math.Abs(w - g) : double.NaN).ToList();
            var mean = errors.Average();
            yield return new GateCheck($"{name} error", mean <= most, double.IsNaN(mean) ? "an output or expected value is no number" : $"a mean absolute error of {Gate.Number(mean)}", $"at most {Gate.Number(most)}");
        }
    }

    public static GateCheck Golden(GoldenPrediction golden, BatchReport report)
    {
        var problem = report.Problem;
        foreach (var (name, want) in golden.Outputs)
        {
            if (problem is not null) break;
            if (Output(report.Outputs!, name, want.Length, out problem) is not { } output) break;
            for (var i = 0; i < want.Length && problem is null; i++)
                if (!Same(want[i], output[i], golden.Tolerance)) problem = $"row {i} of '{name}' is {Text(output[i])}, not {Text(want[i])}";
        }
        return new GateCheck($"golden {golden.Name}", problem is null, problem ?? "as expected", $"the known outputs, within {Text(golden.Tolerance)}");
    }

    public static GateCheck Invariance(Invariance invariance, BatchReport plain, BatchReport changed)
    {
        var problem = plain.Problem ?? changed.Problem;
        foreach (var output in plain.Outputs ?? [])
        {
            if (problem is not null) break;
            if (Output(changed.Outputs!, output.Name, output.Count, out problem) is not { } other) break;
            for (var i = 0; i < output.Count && problem is null; i++)
                if (!Same(output[i], other[i], invariance.Tolerance)) problem = $"element {i} of '{output.Name}' goes from {Text(output[i])} to {Text(other[i])}";
        }
        return new GateCheck($"invariance {invariance.Name}", problem is null, problem ?? "the outputs agree", $"outputs that agree within {Text(invariance.Tolerance)} when {string.Join(", ", invariance.Changed.Keys)} changes");
    }

    private static Tensor? Output(IReadOnlyList<Tensor> outputs, string? name, int count, out string? problem)
    {
        var found = name is null ? outputs.FirstOrDefault() : outputs.FirstOrDefault(o => o.Name == name);
        problem = found is null ? $"the model has no output '{name}'" : found.Count != count ? $"the output '{found.Name}' has {found.Count} values, not {count}" : null;
        return problem is null ? found : null;
    }

    // Numbers within the tolerance (NaN is NaN), everything else as text: true and "true", 1 and "1" are what people mean by them.
    private static bool Same(object? want, object? given, double tolerance)
        => Real(want) is { } w && Real(given) is { } g ? w.Equals(g) || Math.Abs(w - g) <= tolerance : string.Equals(Text(want), Text(given), StringComparison.OrdinalIgnoreCase);

    private static double? Real(object? value) => value switch
    {
        null or bool => null,
        Half half => (double)half,
        string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        IConvertible number => number.ToDouble(CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text.Length > 100 ? text[..100] + "…" : text : "nothing";
}
