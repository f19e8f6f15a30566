using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.LightGbm;

/// <summary>
/// Reads a text model and writes it anew, only what prediction needs and only what has been checked. The library's own reader follows child and
/// feature numbers wherever they point to, so it gets nothing else to read. Numbers keep their digits.
/// </summary>
internal sealed partial class LightGbmText
{
    private const int MostClasses = 100_000;
    private static readonly string[] Versions = ["v2", "v3", "v4"];
    private static readonly HashSet<string> Objectives =
    [
        "regression", "regression_l2", "mean_squared_error", "mse", "l2", "l2_root", "root_mean_squared_error", "rmse", "regression_l1", "mean_absolute_error", "l1", "mae",
        "quantile", "huber", "fair", "poisson", "mape", "mean_absolute_percentage_error", "gamma", "tweedie", "binary", "multiclass", "softmax", "multiclassova", "multiclass_ova", "ova", "ovr",
        "lambdarank", "rank_xendcg", "xendcg", "xe_ndcg", "xe_ndcg_mart", "xendcg_mart", "cross_entropy", "xentropy", "cross_entropy_lambda", "xentlambda", "custom", "none", "null", "na",
    ];

    private readonly string _file;
    private readonly ArrayBufferWriter<byte> _out = new();
    private readonly byte[] _text;
    private int _at;

    private LightGbmText(byte[] text, string file) => (_text, _file) = (text, file);

    /// <summary>Names of the features, in order.</summary>
    public IReadOnlyList<string> FeatureNames { get; private set; } = [];

    /// <summary>Whether they are of people, not numbered by the library.</summary>
    public bool HasRealNames => FeatureNames.Where((n, i) => n != string.Create(CultureInfo.InvariantCulture, $"Column_{i}")).Any();

    /// <summary>Numbers in a row's answer.</summary>
    public int Classes { get; private set; } = 1;

    /// <summary>The model as the library may read it, closed by a zero.</summary>
    public ReadOnlySpan<byte> Canonical => _out.WrittenSpan;

    public static LightGbmText Parse(byte[] text, string file)
    {
        var model = new LightGbmText(text, file);
        model.Read();
        return model;
    }

    private void Read()
    {
        if (!TryLine(out var first) || !Trim(first).SequenceEqual("tree"u8))
            throw new ModelException($"'{_file}' is no text model of LightGBM. Save it with booster.save_model('model.txt') (scikit-learn's classes have it as booster_).");
        var header = Block(stopAtTree: true);
        var version = Text(header, "version");
        if (!Versions.Contains(version)) throw Bad($"it is of version '{version}', this server reads {string.Join(", ", Versions)}");
        Classes = Int(header, "num_class", 1, MostClasses);
        var trees = header.ContainsKey("num_tree_per_iteration") ? Int(header, "num_tree_per_iteration", 1, MostClasses) : Classes;
        if (trees != Classes) throw Bad($"it has {trees} trees an iteration and {Classes} classes");
        FeatureNames = Text(header, "feature_names").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (FeatureNames.Count == 0 || FeatureNames.Count - 1 != Int(header, "max_feature_idx", 0, int.MaxValue - 1)) throw Bad($"feature_names has {FeatureNames.Count} names, max_feature_idx says otherwise");

        Write("tree\nversion=v4\n");
        Write($"num_class={Classes}\nnum_tree_per_iteration={trees}\nlabel_index=0\nmax_feature_idx={FeatureNames.Count - 1}\n");
        if (header.TryGetValue("objective", out var objective)) WriteObjective(Encoding.UTF8.GetString(_text[objective]));
        if (header.ContainsKey("average_output")) Write("average_output\n");
        Write($"feature_names={string.Join(' ', Enumerable.Range(0, FeatureNames.Count).Select(i => $"c{i}"))}\nfeature_infos={string.Join(' ', Enumerable.Repeat("none", FeatureNames.Count))}\n\n");

        var count = 0;
        var ended = false;
        while (TryLine(out var line))
        {
            var trimmed = Trim(line);
            if (trimmed.IsEmpty) continue;
            if (!trimmed.StartsWith("Tree="u8))
            {
                // What follows the trees says how it was trained.
                ended = trimmed.SequenceEqual("end of trees"u8) || version == "v2";
                break;
            }
            Write($"Tree={count}\n");
            ReadTree(count++, Block(stopAtTree: false));
        }
        if (!ended && version != "v2") throw Bad("it ends before 'end of trees'; the file is cut off");
        if (header.TryGetValue("tree_sizes", out var sizes) && Tokens(sizes).Count != count) throw Bad($"it has {count} trees of {Tokens(sizes).Count}; the file is cut off");
        if (count == 0 || count % trees != 0) throw Bad($"it has {count} trees, not a number that {trees} divides");
        Write("end of trees\n\0");
    }

    private void ReadTree(int tree, Dictionary<string, Range> fields)
    {
        var leaves = Int(fields, "num_leaves", 1, int.MaxValue - 1);
        var categorical = Int(fields, "num_cat", 0, int.MaxValue - 1);
        var linear = fields.ContainsKey("is_linear") && Int(fields, "is_linear", 0, 1) == 1;
        var values = Doubles(fields, "leaf_value", leaves);
        Write($"num_leaves={leaves}\nnum_cat={categorical}\n");
        WriteTokens("leaf_value", values);
        if (leaves > 1)
        {
            var nodes = leaves - 1;
            var left = Ints(fields, "left_child", nodes, -leaves, nodes - 1);
            var right = Ints(fields, "right_child", nodes, -leaves, nodes - 1);
            var features = Ints(fields, "split_feature", nodes, 0, FeatureNames.Count - 1);
            var types = fields.ContainsKey("decision_type") ? Ints(fields, "decision_type", nodes, 0, 11) : new int[nodes];
            var thresholds = Doubles(fields, "threshold", nodes);
            CheckShape(tree, left, right);
            Write("threshold=");
            for (var n = 0; n < nodes; n++)
            {
                // The threshold of a categorical split is the number of its set.
                if ((types[n] & 1) == 0) _out.Write(_text.AsSpan(thresholds[n]));
                else if (Utf8Parser.TryParse(_text.AsSpan(thresholds[n]), out double set, out _) && set >= 0 && set < categorical && set == Math.Floor(set)) Write($"{(int)set}");
                else throw Bad($"a split of tree {tree} names a set of categories that is not there");
                Write(" ");
            }
            Write("\n");
            WriteInts("split_feature", features);
            WriteInts("decision_type", types);
            WriteInts("left_child", left);
            WriteInts("right_child", right);
        }
        else if (linear)
            Write("threshold=\nsplit_feature=\ndecision_type=\nleft_child=\nright_child=\n");
        if (categorical > 0)
        {
            var boundaries = Ints(fields, "cat_boundaries", categorical + 1, 0, int.MaxValue - 1);
            for (var i = 1; i < boundaries.Length; i++)
                if (boundaries[i] < boundaries[i - 1]) throw Bad($"cat_boundaries of tree {tree} do not grow");
            if (boundaries[0] != 0) throw Bad($"cat_boundaries of tree {tree} do not start at 0");
            var bits = Tokens(Field(fields, "cat_threshold"));
            if (bits.Count != boundaries[^1] || bits.Exists(b => !Utf8Parser.TryParse(_text.AsSpan(b), out uint _, out var used) || used != Length(b))) throw Bad($"cat_threshold of tree {tree} is not {boundaries[^1]} numbers");
            WriteInts("cat_boundaries", boundaries);
            WriteTokens("cat_threshold", bits);
        }
        if (linear) WriteLinear(tree, fields, leaves);
        Write("\n");
    }

    private void WriteLinear(int tree, Dictionary<string, Range> fields, int leaves)
    {
        Write("is_linear=1\n");
        WriteTokens("leaf_const", Doubles(fields, "leaf_const", leaves));
        var counts = Ints(fields, "num_features", leaves, 0, FeatureNames.Count);
        var total = counts.Sum(c => (long)c);
        if (total > _text.Length) throw Bad($"num_features of tree {tree} are more than the file has");
        WriteInts("num_features", counts);
        if (total == 0) return;
        WriteInts("leaf_features", Ints(fields, "leaf_features", (int)total, 0, FeatureNames.Count - 1));
        WriteTokens("leaf_coeff", Doubles(fields, "leaf_coeff", (int)total));
    }

    // Each node and leaf is reached once from the root: no cycle, nothing shared.
    private void CheckShape(int tree, int[] left, int[] right)
    {
        var nodes = left.Length;
        var seen = new bool[(2 * nodes) + 1];
        var stack = new int[nodes + 1];
        var depth = 0;
        seen[0] = true;
        stack[depth++] = 0;
        while (depth > 0)
        {
            var node = stack[--depth];
            foreach (var child in (ReadOnlySpan<int>)[left[node], right[node]])
            {
                var slot = child >= 0 ? child : nodes + ~child;
                if (seen[slot]) throw Bad($"tree {tree} reaches a node twice");
                seen[slot] = true;
                if (child >= 0) stack[depth++] = child;
            }
        }
    }

    private void WriteObjective(string objective)
    {
        var parts = objective.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || !Objectives.Contains(parts[0])) throw Bad($"LightGBM knows no objective '{Shorten(objective)}'");
        foreach (var part in parts)
            if (!ObjectivePart().IsMatch(part)) throw Bad($"its objective '{Shorten(objective)}' cannot be read");
        // The library writes an answer of this size.
        if (parts[0] is "multiclass" or "softmax" or "multiclassova" or "multiclass_ova" or "ova" or "ovr"
            && parts.Where(p => p.StartsWith("num_class:", StringComparison.Ordinal)).ToList() is not [var only]
            || parts.Any(p => p.StartsWith("num_class:", StringComparison.Ordinal) && p != string.Create(CultureInfo.InvariantCulture, $"num_class:{Classes}")))
            throw Bad($"its objective '{Shorten(objective)}' is not of {Classes} classes");
        Write($"objective={string.Join(' ', parts)}\n");
    }

    /// <summary>Lines of <c>key=value</c> up to an empty one; or, of the head, up to the first tree.</summary>
    private Dictionary<string, Range> Block(bool stopAtTree)
    {
        var fields = new Dictionary<string, Range>(StringComparer.Ordinal);
        while (true)
        {
            var start = _at;
            if (!TryLine(out var line)) break;
            var text = Trim(line);
            if (stopAtTree && (text.StartsWith("Tree="u8) || text.SequenceEqual("end of trees"u8)))
            {
                _at = start;
                break;
            }
            if (text.IsEmpty)
            {
                if (stopAtTree) continue;
                break;
            }
            var equals = text.IndexOf((byte)'=');
            var key = equals < 0 ? text : text[..equals];
            if (key.Length > 64) throw Bad($"it has a line that starts with '{Shorten(Encoding.UTF8.GetString(key))}'");
            var begin = start + line.IndexOf(text) + (equals < 0 ? text.Length : equals + 1);
            if (!fields.TryAdd(Encoding.UTF8.GetString(key), begin..(start + line.IndexOf(text) + text.Length))) throw Bad($"'{Encoding.UTF8.GetString(key)}' is given twice");
            if (fields.Count > 64) throw Bad("it has more lines at one place than LightGBM writes");
        }
        return fields;
    }

    private bool TryLine(out ReadOnlySpan<byte> line)
    {
        line = default;
        if (_at >= _text.Length) return false;
        var rest = _text.AsSpan(_at);
        var end = rest.IndexOf((byte)'\n');
        line = end < 0 ? rest : rest[..end];
        _at += end < 0 ? rest.Length : end + 1;
        return true;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line) => line.TrimEnd("\r "u8);

    private Range Field(Dictionary<string, Range> fields, string key) => fields.TryGetValue(key, out var range) ? range : throw Bad($"'{key}' is missing");

    private string Text(Dictionary<string, Range> fields, string key) => Encoding.UTF8.GetString(_text[Field(fields, key)]);

    private int Int(Dictionary<string, Range> fields, string key, int min, int max)
        => Tokens(Field(fields, key)) is [var token] && Int(token, min, max) is { } value ? value : throw Bad($"'{key}' is '{Shorten(Text(fields, key))}', not a whole number from {min} to {max}");

    private int? Int(Range token, int min, int max)
        => Utf8Parser.TryParse(_text.AsSpan(token), out int value, out var used) && used == Length(token) && value >= min && value <= max ? value : null;

    private int[] Ints(Dictionary<string, Range> fields, string key, int count, int min, int max)
    {
        var tokens = Tokens(Field(fields, key));
        if (tokens.Count != count) throw Bad($"'{key}' has {tokens.Count} numbers, not {count}");
        var values = new int[count];
        for (var i = 0; i < count; i++) values[i] = Int(tokens[i], min, max) ?? throw Bad($"'{key}' has '{Shorten(Encoding.UTF8.GetString(_text[tokens[i]]))}', not a whole number from {min} to {max}");
        return values;
    }

    private List<Range> Doubles(Dictionary<string, Range> fields, string key, int count)
    {
        var tokens = Tokens(Field(fields, key));
        if (tokens.Count != count) throw Bad($"'{key}' has {tokens.Count} numbers, not {count}");
        foreach (var token in tokens)
            if (!Utf8Parser.TryParse(_text.AsSpan(token), out double value, out var used) || used != Length(token) || !double.IsFinite(value))
                throw Bad($"'{key}' has '{Shorten(Encoding.UTF8.GetString(_text[token]))}', not a number");
        return tokens;
    }

    private List<Range> Tokens(Range range)
    {
        var tokens = new List<Range>();
        var (at, length) = range.GetOffsetAndLength(_text.Length);
        var end = at + length;
        while (at < end)
        {
            if (_text[at] == ' ')
            {
                at++;
                continue;
            }
            var start = at;
            while (at < end && _text[at] != ' ') at++;
            tokens.Add(start..at);
        }
        return tokens;
    }

    private static int Length(Range token) => token.End.Value - token.Start.Value;

    private void WriteTokens(string key, List<Range> tokens)
    {
        Write($"{key}=");
        foreach (var token in tokens)
        {
            _out.Write(_text.AsSpan(token));
            Write(" ");
        }
        Write("\n");
    }

    private void WriteInts(string key, int[] values)
    {
        Write($"{key}=");
        Span<byte> digits = stackalloc byte[16];
        foreach (var value in values)
        {
            Utf8Formatter.TryFormat(value, digits, out var written);
            _out.Write(digits[..written]);
            Write(" ");
        }
        Write("\n");
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _out);

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "…";

    private ModelException Bad(string what) => new($"'{_file}' is no model that LightGBM wrote: {what}.");

    // A name, or a name and its number.
    [GeneratedRegex(@"^[a-z][a-z0-9_]{0,40}(:-?[0-9]{1,20}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?)?$")]
    private static partial Regex ObjectivePart();
}
