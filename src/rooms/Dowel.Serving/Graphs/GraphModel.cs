using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Gateway;

namespace Dowel.Serving.Graphs;

/// <summary>Calls an endpoint for a step of a graph; throws <see cref="ModelException"/> where it fails.</summary>
internal delegate ValueTask<InferenceAnswer> StepCall(string endpoint, string id, IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken);

/// <summary>A graph of endpoints. It is asked by <see cref="RunAsync"/>, as its steps are called for who called it.</summary>
internal sealed class GraphModel(InferenceGraph graph, IReadOnlyDictionary<string, string> ids) : ILoadedModel
{
    private readonly Dictionary<string, GraphCondition> _conditions = graph.Nodes.Values.SelectMany(n => n.Steps).Select(s => s.Condition).OfType<string>().Distinct().ToDictionary(c => c, c => GraphCondition.Parse(c)!);

    public ModelSignature Signature { get; } = new();

    public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken) => throw new NotSupportedException("A graph is run for a request.");

    /// <summary>Runs the request through the graph. The tags of the answer name each step's prediction.</summary>
    public async ValueTask<ModelOutput> RunAsync(IReadOnlyList<Tensor> inputs, StepCall call, Budget budget, CancellationToken cancellationToken)
    {
        var tags = new Dictionary<string, string>();
        var outputs = await NodeAsync(GraphPlanner.Root, inputs, call, budget, tags, cancellationToken);
        return new ModelOutput(outputs, tags);
    }

    private Task<IReadOnlyList<Tensor>> NodeAsync(string name, IReadOnlyList<Tensor> inputs, StepCall call, Budget budget, Dictionary<string, string> tags, CancellationToken cancellationToken)
    {
        var node = graph.Nodes[name];
        return node.Kind switch
        {
            InferenceNodeKind.Sequence => SequenceAsync(name, node, inputs, call, budget, tags, cancellationToken),
            InferenceNodeKind.Switch => node.Steps.FirstOrDefault(s => Holds(s, inputs)) is { } step
                ? StepAsync(name, step, inputs, call, budget, tags, cancellationToken)
                : throw new ModelException($"No step of the switch '{name}' has a condition that holds for this input."),
            InferenceNodeKind.Splitter => StepAsync(name, Choose(node.Steps), inputs, call, budget, tags, cancellationToken),
            _ => EnsembleAsync(name, node, inputs, call, budget, tags, cancellationToken),
        };
    }

    private async Task<IReadOnlyList<Tensor>> SequenceAsync(string name, InferenceNode node, IReadOnlyList<Tensor> request, StepCall call, Budget budget, Dictionary<string, string> tags, CancellationToken cancellationToken)
    {
        var response = request;
        foreach (var step in node.Steps)
        {
            // As in KServe: a condition that does not hold ends the sequence with what there is.
            if (!Holds(step, response)) return response;
            var inputs = step.Data switch
            {
                "request" => request,
                "both" => [.. response, .. request.Where(r => response.All(t => t.Name != r.Name))],
                _ => response,
            };
            try
            {
                response = await StepAsync(name, step, inputs, call, budget, tags, cancellationToken);
            }
            catch (ModelException e) when (step.Optional)
            {
                lock (tags) tags[$"{name}.{GraphPlanner.NameOf(step)}"] = $"left out: {e.Message}";
            }
        }
        return response;
    }

    private async Task<IReadOnlyList<Tensor>> EnsembleAsync(string name, InferenceNode node, IReadOnlyList<Tensor> inputs, StepCall call, Budget budget, Dictionary<string, string> tags, CancellationToken cancellationToken)
    {
        using var others = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answers = await Task.WhenAll(node.Steps.Where(s => Holds(s, inputs)).Select(async step =>
        {
            try
            {
                return (Step: step, Outputs: (IReadOnlyList<Tensor>?)await StepAsync(name, step, inputs, call, budget, tags, others.Token));
            }
            catch (ModelException e) when (step.Optional)
            {
                lock (tags) tags[$"{name}.{GraphPlanner.NameOf(step)}"] = $"left out: {e.Message}";
                return (step, null);
            }
            catch
            {
                // The answer is lost already; the other steps need not go on.
                await others.CancelAsync();
                throw;
            }
        }));
        var given = answers.Where(a => a.Outputs is not null).ToList();
        if (given.Count == 0) throw new ModelException($"No step of the ensemble '{name}' answered.");
        return node.Combiner == GraphCombiner.All
            ? [.. given.SelectMany(a => a.Outputs!.Select(t => t.Rename($"{GraphPlanner.NameOf(a.Step)}.{t.Name}")))]
            : GraphCombine.Run(node.Combiner, name, [.. given.Select(a => a.Outputs!)]);
    }

    private async Task<IReadOnlyList<Tensor>> StepAsync(string node, InferenceStep step, IReadOnlyList<Tensor> inputs, StepCall call, Budget budget, Dictionary<string, string> tags, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        budget.Take();
        if (step.Rename is { } names) inputs = [.. inputs.Select(t => names.TryGetValue(t.Name, out var to) ? t.Rename(to) : t)];
        if (step.Node is { } next) return await NodeAsync(next, inputs, call, budget, tags, cancellationToken);
        var answer = await call(step.Endpoint!, ids[step.Endpoint!], inputs, cancellationToken);
        lock (tags) tags[$"{node}.{GraphPlanner.NameOf(step)}"] = answer.PredictionId;
        return answer.Outputs;
    }

    /// <summary>How many steps one request may run, in this graph and in those that it calls.</summary>
    internal sealed class Budget(int steps)
    {
        private int _left = steps;

        public void Take()
        {
            if (Interlocked.Decrement(ref _left) < 0) throw new ModelException("The graph runs more steps than one request may.");
        }
    }

    private bool Holds(InferenceStep step, IReadOnlyList<Tensor> tensors) => step.Condition is null || _conditions[step.Condition].Holds(tensors);

    private static InferenceStep Choose(IReadOnlyList<InferenceStep> steps)
    {
        var at = Random.Shared.Next(100);
        foreach (var step in steps)
            if ((at -= step.Weight ?? 0) < 0) return step;
        return steps[^1];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
