using System.Text.Json;
using Dowel.Kernel.Lineage;

namespace Dowel.Experiments.Datasets;

/// <summary>
/// Which data of this server a dataset input names, for the lineage. Two ways are sure: its source is the address from which this server gave the data
/// (<c>http://HOST/api/v1/datasets/titanic/data?version=1</c>, on the host that the client speaks to), or it has the tag <see cref="Tag"/> with a reference
/// such as <c>dataset:titanic@1</c>. A name or a digest alone names nothing: digests of MLflow's clients are those of a data frame, not of a file.
/// </summary>
internal static class DatasetSources
{
    public const string Tag = "dowel.input";
    private const string Before = "/api/v1/datasets/";
    private const string After = "/data";

    /// <summary>The reference, or null.</summary>
    /// <param name="input">The input.</param>
    /// <param name="host">The host that the client speaks to, with its port.</param>
    public static string? ReferenceOf(DatasetInput input, string host)
    {
        var tagged = input.Tags.FirstOrDefault(t => t.Key == Tag).Value;
        var reference = tagged ?? (Uri.TryCreate(UrlOf(input.Source), UriKind.Absolute, out var url) ? ReferenceOf(url, host) : null);
        return DataReference.IsValid(reference) ? reference : null;
    }

    private static string? ReferenceOf(Uri url, string host)
    {
        var path = url.AbsolutePath;
        if (url.Scheme is not ("http" or "https") || !url.Authority.Equals(host, StringComparison.OrdinalIgnoreCase)) return null;
        if (!path.StartsWith(Before, StringComparison.Ordinal) || !path.EndsWith(After, StringComparison.Ordinal) || path.Length <= Before.Length + After.Length) return null;
        var name = path[Before.Length..^After.Length];
        var version = url.Query.TrimStart('?').Split('&').FirstOrDefault(p => p.StartsWith("version=", StringComparison.Ordinal))?["version=".Length..];
        return name.Contains('/') ? null : $"dataset:{Uri.UnescapeDataString(name)}{(string.IsNullOrEmpty(version) ? "" : $"@{version}")}";
    }

    // Clients write {"url": …} for what came by HTTP and {"uri": …} for files.
    private static string? UrlOf(string source)
    {
        if (!source.StartsWith('{')) return source;
        try
        {
            using var json = JsonDocument.Parse(source);
            return json.RootElement.TryGetProperty("url", out var url) && url.ValueKind == JsonValueKind.String ? url.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
