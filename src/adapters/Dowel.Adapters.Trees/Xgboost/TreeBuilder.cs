using System.Runtime.InteropServices;
using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.Xgboost;

/// <summary>Checks the trees of a model and lays them into flat arrays.</summary>
internal sealed class TreeBuilder(int features)
{
    private readonly List<Node> _nodes = [];
    private readonly List<int> _roots = [];
    private readonly List<int> _categories = [];
    private readonly List<(int Start, int Count)> _sets = [];

    public TreeEnsemble Build(int[] groupOf, float[]? weights)
        => new(features, [.. _nodes], [.. _roots], groupOf, weights, [.. _categories], [.. _sets]);

    public void Add(ModelFields tree)
    {
        var parameters = tree.Fields("tree_param");
        if (parameters.Whole("size_leaf_vector", 0, int.MaxValue, 1) > 1)
            throw new ModelException("The model has a vector in each leaf (multi_strategy='multi_output_tree'), which this server does not run. Train it with multi_strategy='one_output_per_tree'.");
        var count = tree.Numbers("left_children").Count;
        if (count == 0 || parameters.Whole("num_nodes", 0, int.MaxValue) != count) throw tree.Wrong("tree_param.num_nodes", $"the number of its nodes ({count})");
        var left = tree.Wholes("left_children", count, -1, count - 1);
        var right = tree.Wholes("right_children", count, -1, count - 1);
        // A node that was pruned away looks at no feature that there is; it is not reached.
        var feature = tree.Wholes("split_indices", count, 0, uint.MaxValue);
        var defaultLeft = tree.Wholes("default_left", count, 0, 1);
        var conditions = tree.Numbers("split_conditions");
        if (conditions.Count != count) throw tree.Wrong("split_conditions", $"an array of {count} numbers");
        var setOf = Sets(tree, count);

        // Breadth first, so that children are neighbours; a node that is reached twice would make a cycle.
        var seen = new bool[count];
        var order = new int[count];
        var (first, last) = (0, 1);
        seen[0] = true;
        var root = _nodes.Count;
        _roots.Add(root);
        _nodes.Add(default);
        while (first < last)
        {
            var at = root + first;
            var node = order[first++];
            var condition = (float)conditions[node];
            if (left[node] < 0)
            {
                if (right[node] >= 0 || !float.IsFinite(condition)) throw tree.Wrong("split_conditions", "a number in each leaf");
                _nodes[at] = new Node(-1, 0, condition, 0, NodeKind.Numeric);
                continue;
            }
            if (right[node] < 0) throw tree.Wrong("right_children", "of as many children as left_children");
            if (feature[node] < 0 || feature[node] >= features) throw tree.Wrong("split_indices", $"of features below {features}");
            var kind = defaultLeft[node] == 1 ? NodeKind.DefaultLeft : NodeKind.Numeric;
            var set = setOf?[node] ?? -1;
            if (set >= 0) kind |= NodeKind.Categorical;
            else if (float.IsNaN(condition)) throw tree.Wrong("split_conditions", "a number in each split");
            _nodes[at] = new Node(root + last, feature[node], condition, Math.Max(set, 0), kind);
            foreach (var child in (ReadOnlySpan<int>)[left[node], right[node]])
            {
                if (seen[child]) throw tree.Wrong("left_children", "a tree: a node is reached twice");
                seen[child] = true;
                order[last++] = child;
                _nodes.Add(default);
            }
        }
    }

    // The set of each node with a categorical split, -1 for others; null where there are none.
    private int[]? Sets(ModelFields tree, int count)
    {
        if (!tree.Has("split_type")) return null;
        var types = tree.Wholes("split_type", count, 0, 1);
        if (Array.IndexOf(types, 1) < 0) return null;
        var categories = tree.Numbers("categories");
        var values = tree.Wholes("categories", categories.Count, 0, NodeKinds.MostCategories - 1);
        var nodes = tree.Wholes("categories_nodes", tree.Numbers("categories_nodes").Count, 0, count - 1);
        var starts = tree.Wholes("categories_segments", nodes.Length, 0, values.Length);
        var sizes = tree.Wholes("categories_sizes", nodes.Length, 1, values.Length);
        var setOf = new int[count];
        Array.Fill(setOf, -1);
        var total = 0L;
        for (var i = 0; i < nodes.Length; i++)
        {
            total += sizes[i];
            if (starts[i] + (long)sizes[i] > values.Length || total > values.Length) throw tree.Wrong("categories_sizes", "of the categories that there are");
            if (setOf[nodes[i]] >= 0) throw tree.Wrong("categories_nodes", "each node once");
            setOf[nodes[i]] = _sets.Count;
            _sets.Add((_categories.Count, sizes[i]));
            _categories.AddRange(values.AsSpan(starts[i], sizes[i]));
            CollectionsMarshal.AsSpan(_categories)[^sizes[i]..].Sort();
        }
        for (var n = 0; n < count; n++)
            if ((types[n] == 1) != (setOf[n] >= 0)) throw tree.Wrong("categories_nodes", "the nodes whose split_type is categorical");
        return setOf;
    }
}
