using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Endpoints;

/// <summary>How a model's inputs are filled: from what the caller sends and from the features that the endpoint joins. Made once per deployment.</summary>
internal sealed class InputPlan
{
    private readonly TensorSpec[] _inputs;
    private readonly int[] _featureOf;

    private InputPlan(TensorSpec[] inputs, int[] featureOf, ModelSignature callerSignature, IFeaturePlan? features)
        => (_inputs, _featureOf, CallerSignature, Features) = (inputs, featureOf, callerSignature, features);

    /// <summary>What callers send, and what comes back.</summary>
    public ModelSignature CallerSignature { get; }

    /// <summary>Whether the model says nothing of its inputs, so that anything is handed on to it.</summary>
    private bool IsOpen => _inputs.Length == 0;

    /// <summary>The features joined on; null for none.</summary>
    public IFeaturePlan? Features { get; }

    public static async Task<Result<InputPlan>> CreateAsync(ModelSignature signature, Func<IReadOnlyList<string>?, Task<Result<IFeaturePlan>>>? planFeatures)
    {
        TensorSpec[] inputs = [.. signature.Inputs];
        if (planFeatures is null) return new InputPlan(inputs, [.. inputs.Select(_ => -1)], signature, null);

        // All features of the view first, to learn which of them the model takes; then a plan of just those.
        var all = await planFeatures(null);
        if (!all.TryGet(out var view, out var failure)) return failure;
        var wanted = view.Features.Select(f => f.Name).Where(n => inputs.Any(i => i.Name == n)).ToList();
        if (wanted.Count == 0)
            return Failure.Invalid("features.view", string.Join(", ", view.Features.Select(f => f.Name)), $"a view with features that the model takes ({string.Join(", ", inputs.Select(i => i.Name))})");
        var planned = await planFeatures(wanted);
        if (!planned.TryGet(out var plan, out failure)) return failure;

        var entity = new TensorSpec { Name = plan.Entity.Name, Datatype = plan.Entity.Type == "string" ? "BYTES" : "INT64", Shape = [-1], Description = "entity key; the features are joined by the endpoint" };
        int[] featureOf = [.. inputs.Select(i => wanted.IndexOf(i.Name))];
        var fromCaller = inputs.Where((i, n) => featureOf[n] < 0 && i.Name != entity.Name);
        return new InputPlan(inputs, featureOf, new ModelSignature { Inputs = [entity, .. fromCaller], Outputs = signature.Outputs }, plan);
    }

    /// <summary>Checks what the caller sent: names, and that all have the same number of rows.</summary>
    public Failure? Check(IReadOnlyList<Tensor> given, int maxRows)
    {
        if (given.Count == 0) return Failure.Invalid("inputs", "none", IsOpen ? "at least one input" : Names());
        var rows = given[0].Rows;
        if (IsOpen) return rows > maxRows ? Failure.Invalid("inputs[0].shape", $"{rows} rows", $"at most {maxRows} rows in one request") : null;
        for (var i = 0; i < given.Count; i++)
        {
            var tensor = given[i];
            if (Spec(tensor.Name) is null) return Failure.Invalid($"inputs[{i}].name", tensor.Name, Names());
            if (tensor.Rows != rows) return Failure.Invalid($"inputs[{i}].shape", $"{tensor.Rows} rows", $"{rows} rows, as the first input has");
            for (var j = 0; j < i; j++)
                if (given[j].Name == tensor.Name) return Failure.Invalid($"inputs[{i}].name", tensor.Name, "each input once");
        }
        if (rows > maxRows) return Failure.Invalid("inputs[0].shape", $"{rows} rows", $"at most {maxRows} rows in one request");
        if (rows < 1) return Failure.Invalid("inputs[0].shape", $"{rows} rows", "at least one row");
        foreach (var spec in CallerSignature.Inputs)
            if (!spec.Optional && Find(given, spec.Name) is null) return Failure.Invalid("inputs", $"no '{spec.Name}'", Names());
        return null;
    }

    /// <summary>The entity keys among the checked inputs.</summary>
    public Tensor Keys(IReadOnlyList<Tensor> given) => Find(given, Features!.Entity.Name)!;

    /// <summary>The model's inputs, cast to its types.</summary>
    public Result<IReadOnlyList<Tensor>> Fill(IReadOnlyList<Tensor> given, IReadOnlyList<Tensor>? features)
    {
        if (IsOpen) return Result.Ok(given);
        var filled = new List<Tensor>(_inputs.Length);
        for (var i = 0; i < _inputs.Length; i++)
        {
            var spec = _inputs[i];
            // What the caller sends goes before what is stored: it is newer.
            var source = Find(given, spec.Name) ?? (_featureOf[i] >= 0 && features is not null ? features[_featureOf[i]] : null);
            if (source is null) continue;
            if (WrongShape(source, spec)) return Failure.Invalid($"inputs.{spec.Name}.shape", $"[{string.Join(", ", source.Shape)}]", $"[{string.Join(", ", spec.Shape)}]");
            var cast = TensorConvert.Cast(source, spec.Datatype);
            if (!cast.TryGet(out var tensor, out var failure)) return failure;
            filled.Add(tensor);
        }
        return Result.Ok<IReadOnlyList<Tensor>>(filled);
    }

    private static bool WrongShape(Tensor tensor, TensorSpec spec)
    {
        // A column may come as [n] or [n, 1].
        var size = 1L;
        var wanted = 1L;
        for (var d = 1; d < tensor.Shape.Length; d++) size *= tensor.Shape[d];
        for (var d = 1; d < spec.Shape.Count; d++)
        {
            if (spec.Shape[d] < 0) return false;
            wanted *= spec.Shape[d];
        }
        return size != wanted;
    }

    private TensorSpec? Spec(string name)
    {
        foreach (var spec in CallerSignature.Inputs)
            if (spec.Name == name) return spec;
        foreach (var spec in _inputs)
            if (spec.Name == name) return spec;
        return null;
    }

    private static Tensor? Find(IReadOnlyList<Tensor> tensors, string name)
    {
        for (var i = 0; i < tensors.Count; i++)
            if (tensors[i].Name == name) return tensors[i];
        return null;
    }

    private string Names() => string.Join(", ", CallerSignature.Inputs.Select(i => $"'{i.Name}' ({i.Datatype}{(i.Optional ? ", optional" : "")})"));
}
