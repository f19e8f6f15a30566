using System.Text.Json;
using Dowel.Client;

namespace Dowel.Cli;

/// <summary>Reads a request from a file of JSON or YAML; <c>-</c> is standard input.</summary>
internal static class JsonFile
{
    public static async Task<T> ReadAsync<T>(CliHost host, string path, CancellationToken cancellationToken)
    {
        var text = path == "-" ? await host.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(path, cancellationToken);
        try
        {
            return DowelYaml.Read<T>(text);
        }
        catch (JsonException e)
        {
            throw new CliException($"{path} is not what it should be: {e.Message}", "Correct the file; 'docs/reference/cli.md' shows its form.");
        }
    }
}
