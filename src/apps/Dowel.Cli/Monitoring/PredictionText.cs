using System.Globalization;
using Dowel.Contracts;

namespace Dowel.Cli.Monitoring;

/// <summary>One line of a prediction log.</summary>
internal static class PredictionText
{
    /// <param name="p">The prediction.</param>
    /// <param name="callerWidth">How wide the caller is written, so that lines stand below each other.</param>
    public static string Line(Prediction p, int callerWidth)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{p.At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}Z {p.Status} {p.LatencyMs,8:0.00} ms  {Cell.Clean(p.Caller).PadRight(callerWidth)}  {Cell.Clean(p.Model)}  {p.Id}");
        var truth = p.GroundTruth is { } t ? $"  truth={Values([.. t])}" : "";
        return p.Error is { } error ? $"{head}  {Pairs(p.Inputs)} → error: {Cell.Clean(error)}" : $"{head}  {Pairs(p.Inputs)} → {Pairs(p.Outputs)}{truth}";
    }

    private static string Pairs(IReadOnlyDictionary<string, object?[]> values) => string.Join(' ', values.Select(v => $"{Cell.Clean(v.Key)}={Values(v.Value)}"));

    private static string Values(object?[] values)
    {
        var shown = string.Join(',', values.Take(5).Select(Cell.Of));
        return values.Length > 5 ? $"{shown},… ({values.Length})" : shown;
    }
}
