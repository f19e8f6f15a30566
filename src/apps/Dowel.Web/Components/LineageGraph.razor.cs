using System.Globalization;
using System.Text;

namespace Dowel.Web.Components;

/// <summary>A lineage as a drawing, computed here: no script draws it.</summary>
public partial class LineageGraph
{
    private readonly string arrowId = $"arrow-{Guid.NewGuid():N}";
    private LineageLayout layout = LineageLayout.Of([], []);
    private IReadOnlyList<GraphLabel> labels = [];
    private LineageGraphModel? drawn;

    /// <summary>What to draw.</summary>
    [Parameter, EditorRequired] public LineageGraphModel Model { get; set; } = new([], [], 0);

    /// <summary>What it is, for screen readers.</summary>
    [Parameter] public string Label { get; set; } = "Lineage";

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (ReferenceEquals(drawn, Model)) return;
        drawn = Model;
        layout = LineageLayout.Of(Model.Nodes, Model.Edges);
        labels = LineageLabels.Of(layout);
    }

    private static string ClassOf(GraphNode node) => node.IsHidden ? "box unseen" : node.IsFocus ? "box focus" : "box";

    /// <summary>A curve through gaps, straight along the layers that it passes.</summary>
    private static string PathOf(IReadOnlyList<GraphPoint> points)
    {
        var path = new StringBuilder($"M{F(points[0].X)} {F(points[0].Y)}");
        for (var i = 1; i < points.Count; i++)
        {
            var (from, to) = (points[i - 1], points[i]);
            var bend = F((from.X + to.X) / 2);
            path.Append(i % 2 == 1 ? $" C{bend} {F(from.Y)} {bend} {F(to.Y)} {F(to.X)} {F(to.Y)}" : $" L{F(to.X)} {F(to.Y)}");
        }
        return path.ToString();
    }

    private static string Short(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "…";

    private static string F(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
