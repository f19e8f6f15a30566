using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Observability.Columns;

namespace Dowel.Observability.Quality;

/// <summary>An output of the labelled predictions, row by row beside the truth.</summary>
internal sealed record OutputColumn(string Name, string Datatype, CellColumn Values)
{
    public bool IsFloating => Datatype.StartsWith("FP", StringComparison.Ordinal);
    public bool IsProbability => IsFloating && Values.IsNumeric && Values.Cells.All(c => c.Kind == CellKind.Missing || c.Number is >= 0 and <= 1);
    public bool IsWhole => Values.IsNumeric && Values.Cells.All(c => c.Kind != CellKind.Number || c.Number == Math.Floor(c.Number));
}

/// <summary>
/// Chooses which output is compared with the truth, and how. Truth of many different numbers that are not whole makes it a regression, on the first floating output.
/// Otherwise it is a classification: by the output of truth values, integers or texts that agrees with the truth's values most often; else by a probability (a floating output in [0,1], threshold 0.5) where the truth is binary;
/// else by a floating output of whole numbers; else a regression, where the truth is of numbers.
/// </summary>
internal static class OutputChoice
{
    private const int ManyValues = 10;

    public static Result<LiveQuality> Compare(CellColumn truth, IReadOnlyList<OutputColumn> outputs, string? name)
    {
        var values = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < truth.Cells.Count; i++) if (truth.Label(i) is { } label) values.Add(label);
        var whole = truth.Cells.All(c => c.Kind != CellKind.Number || c.Number == Math.Floor(c.Number));
        var continuous = truth.IsNumeric && !whole && values.Count > ManyValues;
        var binary = values.IsSubsetOf(["0", "1"]) || values.IsSubsetOf(["false", "true"]);
        var candidates = outputs.Where(o => o.Values.Present > 0 && (name is null || o.Name == name || o.Name.StartsWith(name + "[", StringComparison.Ordinal))).ToList();

        var numeric = candidates.Where(o => o.Values.IsNumeric).ToList();
        var regression = numeric.Find(o => o.IsFloating) ?? numeric.FirstOrDefault();
        if (continuous && regression is not null) return Regression(truth, regression);
        if (!continuous)
        {
            var labels = candidates.Where(o => !o.IsFloating).ToList();
            if (labels.Count == 0) labels = candidates.FindAll(o => !(binary && o.IsProbability) && o.IsWhole);
            var best = labels.MaxBy(o => Fit(truth, o, binary));
            var probability = binary ? Probability(candidates, 2) : null;
            // A label none of whose values the truth knows says less than a probability.
            if (best is not null && (probability is null || !best.IsFloating || Fit(truth, best, binary) > 0))
                return Classification(truth, best, Probability([.. outputs.Where(o => o != best)], 2), false, binary);
            if (probability is not null) return Classification(truth, probability, probability, true, binary);
        }
        if (regression is not null && truth.IsNumeric) return Regression(truth, regression);
        return name is null
            ? new LiveQuality()
            : Failure.Invalid("output", name, "an output whose values can be compared with the ground truth");
    }

    private static OutputColumn? Probability(List<OutputColumn> outputs, int classes)
    {
        // A vector of two probabilities: the second is that of the positive class.
        var found = outputs.Where(o => o.IsProbability && !o.Name.EndsWith("[0]", StringComparison.Ordinal)
            && (!o.Name.EndsWith(']') || (o.Name.EndsWith("[1]", StringComparison.Ordinal) && outputs.Count(v => v.Name.StartsWith(o.Name[..^2], StringComparison.Ordinal)) == classes))).ToList();
        return found.Find(o => o.Name.Contains("prob", StringComparison.OrdinalIgnoreCase)) ?? found.FirstOrDefault();
    }

    private static int Fit(CellColumn truth, OutputColumn output, bool binary)
    {
        var fits = 0;
        for (var i = 0; i < truth.Cells.Count; i++)
            if (truth.Label(i) is { } expected && output.Values.Label(i) is { } given && (expected == given || (binary && AsBinary(expected) == AsBinary(given)))) fits++;
        return fits;
    }

    private static Result<LiveQuality> Classification(CellColumn truth, OutputColumn output, OutputColumn? probability, bool threshold, bool binary)
    {
        var bools = truth.Count(CellKind.Bool) > 0;
        List<(string Truth, string Prediction)> pairs = [];
        List<(string Truth, string Prediction, double Probability)> scored = [];
        for (var i = 0; i < truth.Cells.Count; i++)
        {
            if (truth.Label(i) is not { } expected || output.Values.Label(i) is not { } given) continue;
            if (threshold) given = output.Values.Cells[i].Number >= 0.5 ? "1" : "0";
            // Truth values and 0/1 are the same two classes, whichever of them either side uses; the truth's are shown.
            if (binary && AsBinary(given) is { } b) given = bools || expected is "true" or "false" ? b ? "true" : "false" : b ? "1" : "0";
            pairs.Add((expected, given));
            if (probability?.Values.Cells[i] is { Kind: not CellKind.Missing } p) scored.Add((expected, given, p.Number));
        }
        if (pairs.Count == 0) return new LiveQuality { Output = output.Name };
        var classes = ClassificationFigures.ClassesOf(pairs, binary);
        var metrics = ClassificationFigures.Of(pairs, classes, out var confusion);
        // Where every probability is at least a half though some answers were negative, it is that of the answer and not of the positive class.
        if (classes.Count == 2 && scored.Count > 0 && (threshold || !(scored.All(s => s.Probability >= 0.5) && scored.Any(s => s.Prediction == classes[0]))))
            ClassificationFigures.AddProbabilities(metrics, [.. scored.Select(s => (s.Truth == classes[1], s.Probability))]);
        return new LiveQuality { Output = output.Name, Task = "classification", Metrics = metrics, Classes = confusion.Count == 0 ? [] : classes, Confusion = confusion };
    }

    private static Result<LiveQuality> Regression(CellColumn truth, OutputColumn output)
    {
        List<(double Truth, double Prediction)> pairs = [];
        for (var i = 0; i < truth.Cells.Count; i++)
            if (truth.Cells[i].Kind != CellKind.Missing && output.Values.Cells[i].Kind != CellKind.Missing) pairs.Add((truth.Cells[i].Number, output.Values.Cells[i].Number));
        return new LiveQuality { Output = output.Name, Task = "regression", Metrics = RegressionFigures.Of(pairs) };
    }

    private static bool? AsBinary(string label) => label switch { "1" or "true" => true, "0" or "false" => false, _ => null };
}
