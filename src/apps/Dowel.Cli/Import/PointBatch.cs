using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>Metric points of one call, in columns.</summary>
internal sealed class PointBatch
{
    private readonly List<Part> _parts = [];

    /// <summary>How many of the source's points it stands for.</summary>
    public int Count { get; private set; }

    public IReadOnlyList<ImportSeries> Series => [.. _parts.Select(p => p.ToSeries())];

    public void Add(FoundPoint point, long of, long offset, ImportTally tally)
    {
        if (_parts.Count == 0 || _parts[^1].Run != point.Run) _parts.Add(new Part(point.Run, of, offset));
        Count++;
        if (!point.IsBroken)
        {
            _parts[^1].Add(point);
            return;
        }
        _parts[^1].Left++;
        tally.Skip(point.Run, "metric", point.Key, "the row cannot be read");
    }

    public void Clear()
    {
        _parts.Clear();
        Count = 0;
    }

    private sealed class Part(string run, long of, long offset)
    {
        private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
        private readonly List<int> _key = [];
        private readonly List<double> _value = [];
        private readonly List<long> _step = [];
        private readonly List<long> _at = [];

        public string Run => run;

        public long Left { get; set; }

        public void Add(FoundPoint point)
        {
            if (!_places.TryGetValue(point.Key, out var place)) _places.Add(point.Key, place = _places.Count);
            _key.Add(place);
            _value.Add(point.Value);
            _step.Add(point.Step);
            _at.Add(point.At);
        }

        public ImportSeries ToSeries() => new() { Run = run, Of = of, Offset = offset, Left = Left, Keys = [.. _places.Keys], Key = _key, Value = _value, Step = _step, At = _at };
    }
}
