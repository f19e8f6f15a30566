using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Adapters.Trees.Xgboost;

/// <summary>A loaded XGBoost model: flat arrays that nobody changes.</summary>
internal sealed class XgboostModel : ILoadedModel
{
    private const int MostGroups = 100_000;
    // More than so many only where each has a tree: an answer has room for all of them.
    private const int MostWithoutTrees = 1000;
    // Rows that go through a tree while it is in the cache; also between two looks at whether the caller still waits.
    private const int RowsAtOnce = 64;

    private readonly IMargins _booster;
    private readonly XgboostObjective _objective;
    private readonly float[] _base;
    private readonly InputMatrix _inputs;
    private readonly int _features;
    private volatile bool _disposed;

    private XgboostModel(IMargins booster, XgboostObjective objective, float[] baseMargins, InputMatrix inputs, int features)
    {
        (_booster, _objective, _base, _inputs, _features) = (booster, objective, baseMargins, inputs, features);
        var width = objective.Width(baseMargins.Length);
        Signature = new ModelSignature { Inputs = inputs.Inputs, Outputs = [new TensorSpec { Name = "prediction", Datatype = "FP32", Shape = width == 1 ? [-1] : [-1, width] }] };
    }

    public ModelSignature Signature { get; }

    public static XgboostModel Create(ModelFields document, ModelSignature? registered)
    {
        var learner = document.Fields("learner");
        var parameters = learner.Fields("learner_model_param");
        var features = parameters.Whole("num_feature", 1, int.MaxValue);
        var groups = Math.Max(parameters.Whole("num_class", 0, MostGroups, 0), Math.Max(1, parameters.Whole("num_target", 0, MostGroups, 1)));
        var objective = XgboostObjective.Of(learner.Fields("objective").Text("name"), groups);
        return new(Booster(learner, features, groups), objective, BaseMargins(parameters, objective, groups), InputMatrix.Create(features, Names(learner, features), registered), features);
    }

    public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var values = _inputs.Read(inputs, out var rows);
        var groups = _base.Length;
        var margins = new float[(long)rows * groups];
        for (var first = 0; first < rows; first += RowsAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(RowsAtOnce, rows - first);
            var block = margins.AsSpan(first * groups, count * groups);
            for (var r = 0; r < count; r++) _base.CopyTo(block[(r * groups)..]);
            _booster.Add(values.AsSpan(first * _features, count * _features), block, groups);
        }
        var answers = _objective.Transform(margins, groups);
        return ValueTask.FromResult<ModelOutput>(new Tensor[] { new Tensor<float>("prediction", answers, _objective.Width(groups) == 1 ? [rows] : [rows, groups]) });
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return ValueTask.CompletedTask;
    }

    private static IMargins Booster(ModelFields learner, int features, int groups)
    {
        var booster = learner.Fields("gradient_booster");
        var name = booster.Text("name");
        return name switch
        {
            "gbtree" => Trees(learner, booster.Fields("model"), null, features, groups),
            "dart" => booster.Has("gbtree")
                ? Trees(learner, booster.Fields("gbtree").Fields("model"), booster.Numbers("weight_drop"), features, groups)
                : Trees(learner, booster.Fields("model"), null, features, groups),
            "gblinear" => Linear(booster.Fields("model"), features, groups),
            _ => throw booster.Wrong("name", "gbtree, dart or gblinear"),
        };
    }

    private static LinearBooster Linear(ModelFields model, int features, int groups)
    {
        var numbers = model.Numbers("weights");
        if (numbers.Count != ((long)features + 1) * groups) throw model.Wrong("weights", $"an array of {((long)features + 1) * groups} numbers");
        return new LinearBooster(features, Floats(model, "weights", numbers));
    }

    private static TreeEnsemble Trees(ModelFields learner, ModelFields model, Numbers? weightDrop, int features, int groups)
    {
        var trees = model.Items("trees");
        if (groups > Math.Max(trees.Count, MostWithoutTrees)) throw model.Wrong("trees", $"an array of a tree for each of {groups} classes");
        var groupOf = model.Wholes("tree_info", trees.Count, 0, groups - 1);
        // Newer versions keep the weights of dropped trees with the trees.
        if (weightDrop is null && model.Has("weight_drop")) weightDrop = model.Numbers("weight_drop");
        if (weightDrop is not null && weightDrop.Count != trees.Count) throw model.Wrong("weight_drop", $"an array of {trees.Count} numbers");
        var used = Math.Min(trees.Count, UsedTrees(learner, model, trees.Count, groups));
        var builder = new TreeBuilder(features);
        for (var t = 0; t < used; t++) builder.Add(trees[t] as ModelFields ?? throw model.Wrong("trees", "an array of objects"));
        return builder.Build(groupOf[..used], weightDrop is null ? null : Floats(model, "weight_drop", weightDrop)[..used]);
    }

    /// <summary>
    /// All trees, as <c>Booster.predict</c> takes; but a model that scikit-learn's classes saved stops after the best iteration where training
    /// was stopped early, as their <c>predict</c> does.
    /// </summary>
    private static int UsedTrees(ModelFields learner, ModelFields model, int count, int groups)
    {
        if (!learner.Has("attributes") || learner.Fields("attributes") is not { } attributes || !attributes.Has("scikit_learn") || !attributes.Has("best_iteration")) return count;
        var iterations = attributes.Whole("best_iteration", 0, int.MaxValue - 1) + 1;
        if (model.Has("iteration_indptr"))
        {
            var ends = model.Numbers("iteration_indptr");
            return model.Wholes("iteration_indptr", ends.Count, 0, count) is { Length: > 0 } first ? first[Math.Min(iterations, first.Length - 1)] : count;
        }
        var parallel = model.Fields("gbtree_model_param").Whole("num_parallel_tree", 0, int.MaxValue, 1);
        return (int)Math.Min(count, (decimal)iterations * groups * Math.Max(1, parallel));
    }

    private static float[] BaseMargins(ModelFields parameters, XgboostObjective objective, int groups)
    {
        // One number; since 3.1 an array of them as text.
        var text = parameters.Text("base_score").AsSpan().Trim();
        if (text is ['[', .. var inner, ']']) text = inner;
        var margins = new List<float>();
        foreach (var part in text.Split(','))
        {
            if (margins.Count > groups || !float.TryParse(text[part].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var score) || objective.ToMargin(score) is var margin && !float.IsFinite(margin))
                throw parameters.Wrong("base_score", "a number that the objective allows");
            margins.Add(margin);
        }
        if (margins.Count == groups) return [.. margins];
        return margins.Count == 1 ? [.. Enumerable.Repeat(margins[0], groups)] : throw parameters.Wrong("base_score", $"one number or {groups}");
    }

    // Names that XGBoost makes up (f0, f1, …) are not kept in the file.
    private static List<string>? Names(ModelFields learner, int features)
    {
        if (!learner.Has("feature_names")) return null;
        var names = learner.Items("feature_names");
        if (names.Count == 0) return null;
        if (names.Count != features || names.Any(n => n is not string)) throw learner.Wrong("feature_names", $"an array of {features} names");
        var texts = names.Cast<string>().ToList();
        return texts.Where((n, i) => n != string.Create(CultureInfo.InvariantCulture, $"f{i}")).Any() ? texts : null;
    }

    private static float[] Floats(ModelFields fields, string key, Numbers numbers)
    {
        var values = new float[numbers.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)numbers[i];
            if (!float.IsFinite(values[i])) throw fields.Wrong(key, "an array of numbers");
        }
        return values;
    }
}
