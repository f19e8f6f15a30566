using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Cli;

/// <summary>Reads a request from a JSON file; <c>-</c> is standard input.</summary>
internal static class JsonFile
{
    public static async Task<T> ReadAsync<T>(CliHost host, string path, CancellationToken cancellationToken)
    {
        var text = path == "-" ? await host.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(path, cancellationToken);
        try
        {
            return JsonSerializer.Deserialize<T>(text, Strict) ?? throw new CliException($"{path} is empty.");
        }
        catch (JsonException e)
        {
            throw new CliException($"{path} is not what it should be: {e.Message}", "Correct the file; 'docs/reference/cli.md' shows its form.");
        }
    }

    /// <summary>A misspelt name in a file of one's own is told, not dropped.</summary>
    private static JsonSerializerOptions Strict { get; } = new(DowelJson.Options)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };
}
