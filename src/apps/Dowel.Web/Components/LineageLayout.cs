namespace Dowel.Web.Components;

/// <summary>A thing in the drawing of a lineage.</summary>
/// <param name="Key">What tells it from the others.</param>
/// <param name="Kind">Its kind; <c>run</c> and <c>code</c> besides those of resources.</param>
/// <param name="Title">Its name.</param>
/// <param name="Note">What it is, in words.</param>
/// <param name="Href">Its page; null where it has none or may not be seen.</param>
/// <param name="IsHidden">Whether it may not be seen.</param>
/// <param name="IsFocus">Whether the drawing is about it.</param>
public sealed record GraphNode(string Key, string Kind, string Title, string Note, string? Href = null, bool IsHidden = false, bool IsFocus = false);

/// <summary>An arrow between two things, by their keys.</summary>
public sealed record GraphEdge(string From, string To, string Relation);

/// <summary>A point of the drawing.</summary>
public readonly record struct GraphPoint(double X, double Y);

/// <summary>Where a thing stands: its upper left corner.</summary>
public sealed record PlacedNode(GraphNode Node, int Layer, double X, double Y);

/// <summary>Where an arrow runs: from the right side of a thing, through the gaps of the layers between, to the left side of another.</summary>
public sealed record PlacedEdge(GraphEdge Edge, IReadOnlyList<GraphPoint> Points);

/// <summary>A layered drawing, from left to right: what went into a thing stands left of it. Long arrows pass through gaps of their own, so that they cross no box.</summary>
public sealed class LineageLayout
{
    /// <summary>The size of a box.</summary>
    public const double NodeWidth = 196, NodeHeight = 54;

    private const double LayerGap = 92, RowGap = 18, PassHeight = 14, Margin = 12;
    private const int Sweeps = 6;

    private LineageLayout(IReadOnlyList<PlacedNode> nodes, IReadOnlyList<PlacedEdge> edges, double width, double height) => (Nodes, Edges, Width, Height) = (nodes, edges, width, height);

    /// <summary>The boxes, from left to right and from top to bottom.</summary>
    public IReadOnlyList<PlacedNode> Nodes { get; }

    /// <summary>The arrows.</summary>
    public IReadOnlyList<PlacedEdge> Edges { get; }

    /// <summary>How wide it is.</summary>
    public double Width { get; }

    /// <summary>How high it is.</summary>
    public double Height { get; }

    /// <summary>Draws it. Arrows to things that are not there, and from a thing to itself, are left out.</summary>
    public static LineageLayout Of(IReadOnlyList<GraphNode> nodes, IReadOnlyList<GraphEdge> edges)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(edges);
        if (nodes.Count == 0) return new([], [], 0, 0);
        var index = nodes.Select((n, i) => (n.Key, i)).ToDictionary(n => n.Key, n => n.i);
        var drawn = edges.Where(e => e.From != e.To && index.ContainsKey(e.From) && index.ContainsKey(e.To)).Distinct().ToList();
        var layer = Layers(nodes.Count, [.. drawn.Select(e => (index[e.From], index[e.To]))]);

        // Each arrow is a chain of places, one a layer; between its ends stand places without a box.
        var places = Enumerable.Range(0, nodes.Count).Select(i => new Place(i, layer[i])).ToList();
        var chains = drawn.Select(e =>
        {
            var (from, to) = (places[index[e.From]], places[index[e.To]]);
            // In a circle one arrow runs backwards; it is drawn straight.
            var between = Enumerable.Range(from.Layer + 1, Math.Max(0, to.Layer - from.Layer - 1)).Select(l => new Place(-1, l)).ToList();
            places.AddRange(between);
            List<Place> chain = [from, .. between, to];
            foreach (var (left, right) in chain.Zip(chain.Skip(1)))
            {
                left.After.Add(right);
                right.Before.Add(left);
            }
            return (Edge: e, Chain: chain);
        }).ToList();

        var layers = places.GroupBy(p => p.Layer).OrderBy(g => g.Key).Select(g => g.ToList()).ToList();
        Order(layers);
        var height = layers.Max(HeightOf) + 2 * Margin;
        foreach (var row in layers)
        {
            var y = (height - HeightOf(row)) / 2;
            foreach (var place in row)
            {
                place.Y = y;
                y += place.Height + RowGap;
            }
        }
        double X(int l) => Margin + l * (NodeWidth + LayerGap);
        return new(
            [.. places.Where(p => p.Node >= 0).OrderBy(p => p.Layer).ThenBy(p => p.Y).Select(p => new PlacedNode(nodes[p.Node], p.Layer, X(p.Layer), p.Y))],
            [.. chains.Select(c => new PlacedEdge(c.Edge, [.. c.Chain.SelectMany((p, i) => Points(p, i, c.Chain.Count, X(p.Layer)))]))],
            X(layers.Count - 1) + NodeWidth + Margin, height);
    }

    private static double HeightOf(List<Place> row) => row.Sum(p => p.Height) + RowGap * (row.Count - 1);

    private static IEnumerable<GraphPoint> Points(Place place, int at, int count, double x)
    {
        var y = place.Y + place.Height / 2;
        if (at > 0) yield return new(x, y);
        if (at < count - 1) yield return new(x + NodeWidth, y);
    }

    /// <summary>The longest way to each from a beginning; then the beginnings come as close to what they went into as they can.</summary>
    private static int[] Layers(int count, IReadOnlyList<(int From, int To)> edges)
    {
        var layer = new int[count];
        var open = new int[count];
        foreach (var (_, to) in edges) open[to]++;
        var beginnings = Enumerable.Range(0, count).Where(i => open[i] == 0).ToList();
        var ready = new Queue<int>(beginnings);
        var done = new HashSet<int>();
        while (done.Count < count)
        {
            // In a circle nothing is ready: one of it is taken as if it were.
            if (ready.Count == 0) ready.Enqueue(Enumerable.Range(0, count).Where(i => !done.Contains(i)).MinBy(i => open[i]));
            var node = ready.Dequeue();
            if (!done.Add(node)) continue;
            foreach (var (_, to) in edges.Where(e => e.From == node))
            {
                if (done.Contains(to)) continue;
                layer[to] = Math.Max(layer[to], layer[node] + 1);
                if (--open[to] == 0) ready.Enqueue(to);
            }
        }
        foreach (var node in beginnings)
            if (edges.Where(e => e.From == node).Select(e => layer[e.To]).DefaultIfEmpty(0).Min() is > 0 and var next) layer[node] = next - 1;
        return layer;
    }

    /// <summary>Puts each among its neighbours' middle, forwards and backwards, so that few arrows cross.</summary>
    private static void Order(List<List<Place>> layers)
    {
        void Number(List<Place> row)
        {
            for (var i = 0; i < row.Count; i++) row[i].Rank = row.Count == 1 ? 0.5 : (double)i / (row.Count - 1);
        }
        layers.ForEach(Number);
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var forwards = sweep % 2 == 0;
            foreach (var l in forwards ? Enumerable.Range(1, layers.Count - 1) : Enumerable.Range(0, layers.Count - 1).Reverse())
            {
                // OrderBy keeps the order of equals.
                layers[l] = [.. layers[l].OrderBy(p => (forwards ? p.Before : p.After) is { Count: > 0 } near ? near.Average(n => n.Rank) : p.Rank)];
                Number(layers[l]);
            }
        }
    }

    private sealed class Place(int node, int layer)
    {
        public int Node { get; } = node;
        public int Layer { get; } = layer;
        public List<Place> Before { get; } = [];
        public List<Place> After { get; } = [];
        public double Rank { get; set; }
        public double Y { get; set; }
        public double Height => Node >= 0 ? NodeHeight : PassHeight;
    }
}
