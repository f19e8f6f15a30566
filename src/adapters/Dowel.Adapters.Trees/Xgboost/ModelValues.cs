using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.Xgboost;

/// <summary>An array of numbers as a file has it.</summary>
internal abstract class Numbers
{
    public abstract int Count { get; }
    public abstract double this[int index] { get; }

    public static Numbers Of(double[] values) => new Doubles(values);

    private sealed class Doubles(double[] values) : Numbers
    {
        public override int Count => values.Length;
        public override double this[int index] => values[index];
    }
}

/// <summary>An object of a model's document; what it lacks or has wrong is told by its place.</summary>
/// <param name="place">Where it stands, such as <c>learner.objective</c>.</param>
internal sealed class ModelFields(string place)
{
    /// <summary>The keys that are read; all others are left out.</summary>
    public static readonly HashSet<string> Known =
    [
        "learner", "attributes", "scikit_learn", "best_iteration", "feature_names", "gradient_booster", "model", "gbtree", "gbtree_model_param", "num_parallel_tree", "tree_info", "trees",
        "iteration_indptr", "name", "weight_drop", "weights", "learner_model_param", "base_score", "num_class", "num_feature", "num_target", "objective", "tree_param", "num_nodes",
        "size_leaf_vector", "left_children", "right_children", "split_indices", "split_conditions", "default_left", "split_type", "categories", "categories_nodes", "categories_segments",
        "categories_sizes", "multi_strategy",
    ];

    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public bool Has(string key) => _values.ContainsKey(key);

    public bool TryAdd(string key, object? value) => _values.TryAdd(key, value);

    public ModelFields Fields(string key) => _values.GetValueOrDefault(key) as ModelFields ?? throw Wrong(key, "an object");

    public string Text(string key) => _values.GetValueOrDefault(key) as string ?? throw Wrong(key, "text");

    public string? OptionalText(string key) => Has(key) ? Text(key) : null;

    public Numbers Numbers(string key) => _values.GetValueOrDefault(key) as Numbers ?? throw Wrong(key, "an array of numbers");

    public IReadOnlyList<object?> Items(string key) => _values.GetValueOrDefault(key) switch
    {
        List<object?> items => items,
        Numbers { Count: 0 } => [],
        _ => throw Wrong(key, "an array"),
    };

    /// <summary>A whole number that the file has as text, as XGBoost writes parameters.</summary>
    public int Whole(string key, int min, int max, int? otherwise = null)
    {
        if (!Has(key) && otherwise is { } value) return value;
        return int.TryParse(Text(key), System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var whole) && whole >= min && whole <= max
            ? whole
            : throw Wrong(key, $"a whole number from {min} to {max}");
    }

    public int[] Wholes(string key, int count, long min, long max)
    {
        var numbers = Numbers(key);
        if (numbers.Count != count) throw Wrong(key, $"an array of {count} numbers");
        var values = new int[count];
        for (var i = 0; i < count; i++)
        {
            var number = numbers[i];
            if (!(number >= min && number <= max) || number != Math.Floor(number)) throw Wrong(key, $"an array of whole numbers from {min} to {max}");
            values[i] = (int)number;
        }
        return values;
    }

    public ModelException Wrong(string key, string expected) => new($"The model is not as XGBoost writes it: '{(place.Length == 0 ? key : $"{place}.{key}")}' is not {expected}.");
}
