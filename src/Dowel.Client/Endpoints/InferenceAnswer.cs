using System.Globalization;
using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>What an endpoint answered.</summary>
public sealed record InferenceAnswer
{
    /// <summary>The prediction's id, under which ground truth is sent later.</summary>
    public string Id { get; init; } = "";

    /// <summary>The request's id, as the caller gave it; else the prediction's.</summary>
    public string? RequestId { get; init; }

    /// <summary>The endpoint that answered.</summary>
    public string Model { get; init; } = "";

    /// <summary>The model version that answered.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>Each output's values by name, in row-major order: long, double, bool or string.</summary>
    public IReadOnlyDictionary<string, object?[]> Outputs { get; init; } = new Dictionary<string, object?[]>();

    /// <summary>Each output's shape by name; the first dimension is the batch.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes { get; init; } = new Dictionary<string, long[]>();

    /// <summary>An output as numbers; NaN where a value is missing.</summary>
    /// <param name="output">The output's name.</param>
    public double[] Numbers(string output) => [.. Values(output).Select(v => v switch
    {
        null => double.NaN,
        string s => double.Parse(s, CultureInfo.InvariantCulture),
        bool b => b ? 1 : 0,
        _ => Convert.ToDouble(v, CultureInfo.InvariantCulture),
    })];

    /// <summary>An output as text.</summary>
    /// <param name="output">The output's name.</param>
    public string[] Texts(string output) => [.. Values(output).Select(v => Convert.ToString(v, CultureInfo.InvariantCulture) ?? "")];

    private object?[] Values(string output) => Outputs.TryGetValue(output, out var values)
        ? values
        : throw DowelException.Of(ErrorCodes.Invalid, $"There is no output '{output}'; there are: {string.Join(", ", Outputs.Keys)}.");
}
