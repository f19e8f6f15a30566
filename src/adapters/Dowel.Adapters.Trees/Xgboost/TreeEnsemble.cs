namespace Dowel.Adapters.Trees.Xgboost;

/// <summary>Something that gives each row a number for each group, before the objective makes an answer of it.</summary>
internal interface IMargins
{
    /// <summary>Adds to the margins of rows.</summary>
    /// <param name="rows">Row-major, a missing value is NaN.</param>
    /// <param name="margins">A number a row and group, already holding the base score.</param>
    /// <param name="groups">Groups.</param>
    void Add(ReadOnlySpan<double> rows, Span<float> margins, int groups);
}

/// <summary>
/// Trees in flat arrays: the two children of a node are neighbours, the nodes of a tree stand together. Sums are of single precision and in the
/// order of the trees, as XGBoost adds them (src/predictor/cpu_predictor.cc), so that they are equal to its own to the last bit.
/// </summary>
internal sealed class TreeEnsemble(int features, Node[] nodes, int[] roots, int[] groupOf, float[]? weights, int[] categories, (int Start, int Count)[] sets) : IMargins
{
    public void Add(ReadOnlySpan<double> rows, Span<float> margins, int groups)
    {
        var count = margins.Length / groups;
        for (var t = 0; t < roots.Length; t++)
        {
            var (root, group, weight) = (roots[t], groupOf[t], weights?[t]);
            for (var r = 0; r < count; r++)
            {
                var leaf = Leaf(rows.Slice(r * features, features), root);
                margins[(r * groups) + group] += weight is { } w ? leaf * w : leaf;
            }
        }
    }

    private float Leaf(ReadOnlySpan<double> row, int at)
    {
        while (true)
        {
            ref readonly var node = ref nodes[at];
            if (node.Left < 0) return node.Value;
            var value = (float)row[node.Feature];
            bool left;
            if (float.IsNaN(value)) left = (node.Kind & NodeKind.DefaultLeft) != 0;
            else if ((node.Kind & NodeKind.Categorical) == 0) left = value < node.Value;
            else left = !Contains(node.Set, value);
            at = left ? node.Left : node.Left + 1;
        }
    }

    // A category of the node's set goes right; one that is not, or is none at all, goes left (src/common/categorical.h).
    private bool Contains(int set, float value)
    {
        if (value is < 0 or >= NodeKinds.MostCategories) return false;
        var (start, count) = sets[set];
        return categories.AsSpan(start, count).BinarySearch((int)value) >= 0;
    }
}

/// <summary>What kind of a split a node is.</summary>
[Flags]
internal enum NodeKind : byte
{
    /// <summary>A number; missing ones go right.</summary>
    Numeric = 0,
    /// <summary>Missing values go left.</summary>
    DefaultLeft = 1,
    /// <summary>A set of categories.</summary>
    Categorical = 2,
}

/// <summary>Limits of nodes.</summary>
internal static class NodeKinds
{
    /// <summary>Categories are whole numbers below it: single precision has the next ones no longer.</summary>
    public const int MostCategories = 1 << 24;
}

/// <summary>A node: a leaf where it has no children.</summary>
/// <param name="Left">The left child; the right one is the next. Negative for a leaf.</param>
/// <param name="Feature">What it looks at.</param>
/// <param name="Value">What is less goes left; a leaf's value.</param>
/// <param name="Set">Number of its set of categories.</param>
/// <param name="Kind">What it compares.</param>
internal readonly record struct Node(int Left, int Feature, float Value, int Set, NodeKind Kind);

/// <summary>A linear booster: a weight for each feature and group, then a bias for each group.</summary>
internal sealed class LinearBooster(int features, float[] weights) : IMargins
{
    public void Add(ReadOnlySpan<double> rows, Span<float> margins, int groups)
    {
        for (var r = 0; r < margins.Length / groups; r++)
            for (var g = 0; g < groups; g++)
            {
                var sum = weights[(features * groups) + g] + margins[(r * groups) + g];
                for (var f = 0; f < features; f++)
                {
                    var value = (float)rows[(r * features) + f];
                    if (!float.IsNaN(value)) sum += value * weights[(f * groups) + g];
                }
                margins[(r * groups) + g] = sum;
            }
    }
}
