namespace Dowel.Web.Pages.Experiments;

/// <summary>Parallel coordinates: where each run crosses each axis, from 0 (bottom) to 1 (top).</summary>
internal sealed record ParallelPlot(IReadOnlyList<ParallelAxis> Axes, IReadOnlyList<ParallelLine> Lines)
{
    /// <summary>Places the runs. Where the last axis has a value, it gives a line its colour.</summary>
    public static ParallelPlot Of(IReadOnlyList<Run> runs, IReadOnlyList<RunAxis> axes)
    {
        var placed = axes.Select(a => ParallelAxis.Of(a, runs)).ToList();
        return new(placed, [.. runs.Select(r => new ParallelLine(r, [.. placed.Select(a => a.Share(r))]))]);
    }

    /// <summary>The lines within what was brushed on each axis.</summary>
    public static bool Passes(ParallelLine line, IReadOnlyList<ParallelAxis> axes, IReadOnlyDictionary<string, (double Low, double High)> kept)
    {
        for (var i = 0; i < axes.Count; i++)
            if (kept.TryGetValue(axes[i].Axis.Key, out var range) && !(line.Shares[i] >= range.Low && line.Shares[i] <= range.High)) return false;
        return true;
    }
}

/// <summary>One axis.</summary>
/// <param name="Axis">What it is of.</param>
/// <param name="Low">Least number; 0 for names.</param>
/// <param name="High">Largest number.</param>
/// <param name="Names">The names on it, bottom first; empty for numbers.</param>
internal sealed record ParallelAxis(RunAxis Axis, double Low, double High, IReadOnlyList<string> Names)
{
    private const int MostNames = 20;

    public static ParallelAxis Of(RunAxis axis, IReadOnlyList<Run> runs)
    {
        var values = runs.Select(axis.Of).Where(v => v is not null).ToList();
        if (values.TrueForAll(v => v is double)) return values.Count == 0 ? new(axis, 0, 1, []) : new(axis, values.Min(v => (double)v!), values.Max(v => (double)v!), []);
        return new(axis, 0, 1, [.. values.Select(v => Formats.Cell(v)!).Distinct().Order(StringComparer.Ordinal).Take(MostNames)]);
    }

    /// <summary>Where a run is on it; null where it has no value.</summary>
    public double? Share(Run run)
    {
        if (Axis.Of(run) is not { } value) return null;
        if (Names.Count > 0)
        {
            var index = Names.ToList().IndexOf(Formats.Cell(value)!);
            return index < 0 ? null : Names.Count == 1 ? 0.5 : (double)index / (Names.Count - 1);
        }
        return value is not double number ? null : High > Low ? (number - Low) / (High - Low) : 0.5;
    }

    /// <summary>What to write beside it.</summary>
    public IEnumerable<(double Share, string Text)> Ticks => Names.Count > 0
        ? Names.Select((n, i) => (Names.Count == 1 ? 0.5 : (double)i / (Names.Count - 1), n.Length > 16 ? n[..15] + "…" : n))
        : High > Low ? Enumerable.Range(0, 5).Select(i => (i / 4.0, Formats.Number(Low + (High - Low) * i / 4))) : [(0.5, Formats.Number(Low))];
}

/// <summary>One run in parallel coordinates.</summary>
/// <param name="Run">The run.</param>
/// <param name="Shares">Where it crosses each axis.</param>
internal sealed record ParallelLine(Run Run, IReadOnlyList<double?> Shares);
