namespace Dowel.Cli;

/// <summary>What stands in the configuration file.</summary>
internal sealed record ConfigData
{
    /// <summary>The server to use when none is named.</summary>
    public string? Server { get; init; }

    /// <summary>Tokens by server address: a token only ever goes to the server that it is for.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; init; } = new Dictionary<string, string>();
}
