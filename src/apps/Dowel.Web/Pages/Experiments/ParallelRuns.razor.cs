using System.Globalization;

namespace Dowel.Web.Pages.Experiments;

/// <summary>Runs in parallel coordinates; which axes and which ranges of them stands in the address.</summary>
public partial class ParallelRuns
{
    private const int Height = 320;
    private const double KeyStep = 0.05;
    private const int UsualAxes = 6;
    private const int MostGaps = 5;
    private IReadOnlyList<RunAxis> axes = [];
    private Dictionary<string, (double Low, double High)> kept = [];
    private ParallelPlot plot = new([], []);
    private IReadOnlyList<ParallelLine> inside = [];
    private IReadOnlyList<string> gaps = [];
    private (ParallelAxis Axis, double Y)? from;

    /// <summary>The runs.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<Run> Runs { get; set; } = [];

    /// <summary>All axes there are.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<RunAxis> All { get; set; } = [];

    [SupplyParameterFromQuery(Name = "axes")] private string? axesQuery { get; set; }

    [SupplyParameterFromQuery(Name = "keep")] private string? keepQuery { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        axes = RunAxes.Read(axesQuery, All) is { Count: > 0 } chosen ? chosen : [.. All.Where(a => !a.IsMetric).Take(UsualAxes - 2), .. All.Where(a => a.IsMetric).Take(2).Reverse()];
        plot = ParallelPlot.Of(Runs, axes);
        kept = Read(keepQuery);
        inside = [.. plot.Lines.Where(l => ParallelPlot.Passes(l, plot.Axes, kept))];
        gaps = [.. inside.Where(l => l.Shares.Contains(null)).Select(l => $"{l.Run.Name} ({string.Join(", ", axes.Where((_, i) => l.Shares[i] is null).Select(a => a.Title))})")];
    }

    // A click takes the range off again.
    private void Keep(ParallelAxis axis, double y)
    {
        if (from is not { } begun || begun.Axis != axis) return;
        from = null;
        Keep(axis, Math.Clamp(1 - Math.Max(begun.Y, y) / Height, 0, 1), Math.Clamp(1 - Math.Min(begun.Y, y) / Height, 0, 1));
    }

    // The same by the keyboard, a step at a time.
    private void Step(ParallelAxis axis, string key)
    {
        var (low, high) = kept.GetValueOrDefault(axis.Axis.Key, (0, 1));
        // Without Shift, many keyboards write '=' there.
        if (key is "+" or "=") Keep(axis, low + KeyStep, high);
        else if (key == "-") Keep(axis, low, high - KeyStep);
        else if (key == "Escape") Keep(axis, 0, 0);
    }

    private void Keep(ParallelAxis axis, double low, double high)
    {
        if (high - low < 0.02) kept.Remove(axis.Axis.Key);
        else kept[axis.Axis.Key] = (low, high);
        SetQuery(("keep", string.Join(',', kept.Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Key}~{k.Value.Low:0.###}~{k.Value.High:0.###}")))));
    }

    private static Dictionary<string, (double, double)> Read(string? text)
    {
        var ranges = new Dictionary<string, (double, double)>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
            if (part.Split('~') is [var key, var low, var high] && double.TryParse(low, NumberStyles.Float, CultureInfo.InvariantCulture, out var l) && double.TryParse(high, NumberStyles.Float, CultureInfo.InvariantCulture, out var h)) ranges[key] = (l, h);
        return ranges;
    }

    // A gap where a run has no value.
    private string Path(ParallelLine line)
    {
        var path = new System.Text.StringBuilder();
        var pen = 'M';
        for (var i = 0; i < line.Shares.Count; i++)
        {
            if (line.Shares[i] is not { } share)
            {
                pen = 'M';
                continue;
            }
            path.Append(CultureInfo.InvariantCulture, $"{pen}{X(i) * 1000:0.#} {(1 - share) * 1000:0.#} ");
            pen = 'L';
        }
        return path.ToString();
    }

    // From one value to the next over what is missing between them.
    private string Bridges(ParallelLine line)
    {
        var path = new System.Text.StringBuilder();
        var last = -1;
        for (var i = 0; i < line.Shares.Count; i++)
        {
            if (line.Shares[i] is not { } share) continue;
            if (last >= 0 && i > last + 1) path.Append(CultureInfo.InvariantCulture, $"M{X(last) * 1000:0.#} {(1 - line.Shares[last]!.Value) * 1000:0.#} L{X(i) * 1000:0.#} {(1 - share) * 1000:0.#} ");
            last = i;
        }
        return path.ToString();
    }

    private double X(int index) => (index + 0.5) / axes.Count;

    private static string Percent(double share) => (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%";

    private static string ColorOf(ParallelLine line) =>
        line.Shares[^1] is { } share ? $"color-mix(in srgb, var(--heat-high) {(share * 100).ToString("0", CultureInfo.InvariantCulture)}%, var(--heat-low))" : "var(--muted)";

    private string Describe(ParallelLine line) => $"{line.Run.Name}\n{string.Join('\n', axes.Select(a => $"{a.Title}: {Formats.ShortCell(a.Of(line.Run))}"))}";
}
