namespace Dowel.Web.Components;

/// <summary>A word on an arrow, by its middle.</summary>
public sealed record GraphLabel(string Text, double X, double Y);

/// <summary>Where the words of the arrows stand: one for all arrows of a kind that leave the same thing, and none upon another.</summary>
public static class LineageLabels
{
    private const double CharacterWidth = 6.4, LineHeight = 14, Lift = 4;

    /// <summary>The words, with those of the middle arrow of each kind.</summary>
    public static IReadOnlyList<GraphLabel> Of(LineageLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var labels = new List<GraphLabel>();
        foreach (var kind in layout.Edges.GroupBy(e => (e.Edge.From, e.Edge.Relation)))
        {
            var arrows = kind.OrderBy(e => e.Points[1].Y).ToList();
            // From the middle outwards, so that one whose place is taken finds another.
            foreach (var arrow in arrows.OrderBy(a => Math.Abs(arrows.IndexOf(a) - (arrows.Count - 1) / 2.0)))
            {
                var (from, to) = (arrow.Points[0], arrow.Points[1]);
                var label = new GraphLabel(kind.Key.Relation, (from.X + to.X) / 2, (from.Y + to.Y) / 2 - Lift);
                if (labels.Any(other => Overlap(label, other))) continue;
                labels.Add(label);
                break;
            }
        }
        return labels;
    }

    /// <summary>Whether two words would stand upon each other.</summary>
    public static bool Overlap(GraphLabel one, GraphLabel other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return Math.Abs(one.Y - other.Y) < LineHeight && Math.Abs(one.X - other.X) < (one.Text.Length + other.Text.Length) * CharacterWidth / 2;
    }
}
