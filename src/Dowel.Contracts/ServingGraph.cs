namespace Dowel.Contracts;

/// <summary>An inference graph: an endpoint that is made of others. Node kinds and their meaning are those of KServe's InferenceGraph.</summary>
public sealed record InferenceGraph
{
    /// <summary>The nodes by name. The request enters at <c>root</c>.</summary>
    public IReadOnlyDictionary<string, InferenceNode> Nodes { get; init; } = new Dictionary<string, InferenceNode>();
}

/// <summary>A node of a graph.</summary>
public sealed record InferenceNode
{
    /// <summary>What it does with its steps.</summary>
    public InferenceNodeKind Kind { get; init; }
    /// <summary>Its steps, in order.</summary>
    public IReadOnlyList<InferenceStep> Steps { get; init; } = [];
    /// <summary>How an ensemble's answers become one; default: all outputs side by side, under <c>step.output</c>.</summary>
    public GraphCombiner Combiner { get; init; }
}

/// <summary>What a node does with its steps.</summary>
public enum InferenceNodeKind
{
    /// <summary>One after the other; each gets what the one before answered, or the request.</summary>
    Sequence,
    /// <summary>The first step whose condition holds.</summary>
    Switch,
    /// <summary>One step by chance, by their weights.</summary>
    Splitter,
    /// <summary>All steps at once, their answers combined.</summary>
    Ensemble,
}

/// <summary>How the answers of an ensemble become one.</summary>
public enum GraphCombiner
{
    /// <summary>All outputs side by side, under <c>step.output</c>.</summary>
    All,
    /// <summary>The mean of outputs of the same name and shape; numbers only.</summary>
    Mean,
    /// <summary>The value that most steps answer, for each element; the first of several that are equally frequent.</summary>
    Vote,
}

/// <summary>A step of a node: an endpoint, or another node.</summary>
public sealed record InferenceStep
{
    /// <summary>Its name in the node; default the endpoint's or node's.</summary>
    public string? Name { get; init; }
    /// <summary>The endpoint that is called, by name; or null and <see cref="Node"/>.</summary>
    public string? Endpoint { get; init; }
    /// <summary>The node that goes on.</summary>
    public string? Node { get; init; }
    /// <summary>In a sequence: what it gets. Default <c>response</c>, what the step before answered; <c>request</c> is what came to the node; <c>both</c> is what came and, of the same name going before it, what was answered.</summary>
    public string? Data { get; init; }
    /// <summary>In a switch, or in a sequence to leave it when it does not hold: a comparison of the first row of an input (or of what the step before answered) with a constant, such as <c>age &gt;= 18</c>, <c>country == 'de'</c> or <c>score[1] &lt; 0.5</c>.</summary>
    public string? Condition { get; init; }
    /// <summary>In a splitter: its share. All shares add up to 100.</summary>
    public int? Weight { get; init; }
    /// <summary>Names of inputs to give other names, <c>from: to</c>, before the step is called.</summary>
    public IReadOnlyDictionary<string, string>? Rename { get; init; }
    /// <summary>Go on without this step where it fails; in an ensemble its answer is left out.</summary>
    public bool Optional { get; init; }
}

/// <summary>A model that runs elsewhere: its predictions are sent to Dowel's log, to be watched as any other's.</summary>
public sealed record ObservedSpec
{
    /// <summary>What it takes and answers; drift and quality are told by these names.</summary>
    public ModelSignature? Signature { get; init; }
}
