using System.Text.Json;

namespace Dowel.Web.Pages.Models;

/// <summary>Changes of a model in words.</summary>
internal static class HistoryWords
{
    private const int LongText = 80;

    /// <summary>What changed.</summary>
    public static string What(ModelChange change) => change.Kind switch
    {
        ModelChangeKind.Alias => $"alias {change.Subject}",
        ModelChangeKind.Tag => $"tag {change.Subject}",
        ModelChangeKind.Approval => $"approval for {change.Subject}",
        ModelChangeKind.Version => change.To is null ? "version deleted" : "version registered",
        ModelChangeKind.Name => "name",
        _ => change.Kind.ToString().ToLowerInvariant(),
    };

    /// <summary>One side of a change; null where there was nothing.</summary>
    public static string? Side(ModelChange change, string? value) => change.Kind == ModelChangeKind.Alias && value is not null ? $"version {value}" : value;

    /// <summary>What is compared line by line: gates as their rules, and texts that do not fit a line; null for all else.</summary>
    public static IReadOnlyList<DiffLine>? Lines(ModelChange change) => change.Kind switch
    {
        ModelChangeKind.Gate => LineDiff.Of(Rules(change.From), Rules(change.To)),
        ModelChangeKind.Description or ModelChangeKind.Tag when IsLong(change.From) || IsLong(change.To) => LineDiff.Of(change.From, change.To),
        _ => null,
    };

    private static bool IsLong(string? text) => text is not null && (text.Length > LongText || text.Contains('\n'));

    private static IReadOnlyList<string> Rules(string? json)
    {
        if (string.IsNullOrEmpty(json)) return [];
        try
        {
            return JsonSerializer.Deserialize<ValidationGate>(json, DowelJson.Options) is { } gate ? GateWords.Rules(gate) : [];
        }
        catch (JsonException)
        {
            return [json];
        }
    }
}
