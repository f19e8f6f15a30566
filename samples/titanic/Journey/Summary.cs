using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>How a stage ended.</summary>
internal sealed record StageResult(string Name, bool Ok, double Seconds, IReadOnlyDictionary<string, object> Figures, string? Error, bool WasRun = true);

/// <summary>What is printed and written in the end.</summary>
internal static class Summary
{
    public static void Print(TextWriter output, JourneyState state, IReadOnlyList<StageResult> results, bool showPasswords)
    {
        output.WriteLine();
        foreach (var r in results)
        {
            var time = string.Create(CultureInfo.InvariantCulture, $"{r.Seconds:F1} s");
            output.WriteLine($"  {(r.Ok ? "ok" : r.WasRun ? "FAILED" : "-"),-6}  {r.Name,-20} {(r.WasRun ? time : "not run"),8}");
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {(results.All(r => r.Ok) ? "Every check held" : "Not every check held"),-28} {results.Sum(r => r.Seconds),6:F1} s"));
        // Nothing was made, so there is nothing to open.
        if (state.Accounts.Count == 0) return;
        output.WriteLine();
        output.WriteLine("Open");
        foreach (var (what, path) in Links()) output.WriteLine($"  {what,-14} {new Uri(state.Server, path)}");
        output.WriteLine();
        output.WriteLine("Sign in as");
        foreach (var account in state.Accounts) output.WriteLine($"  {account.User,-6} {(showPasswords ? account.Password : "(password not shown)"),-26} {account.Role}");
    }

    /// <summary>Writes the JSON file. It has a token in it, so nobody but its owner may read it; passwords never go there.</summary>
    public static async Task WriteJsonAsync(string path, JourneyState state, IReadOnlyList<StageResult> results)
    {
        var report = new
        {
            ok = results.All(r => r.Ok),
            server = state.Server.GetLeftPart(UriPartial.Authority),
            endpoint = state.PredictionUrl?.ToString() ?? "",
            token = state.Dana?.Token ?? "",
            stages = results.Select(r => new { name = r.Name, ok = r.Ok, seconds = r.Seconds, figures = r.Figures, error = r.Error }),
        };
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(path, options);
        await JsonSerializer.SerializeAsync(file, report, new JsonSerializerOptions(DowelJson.Options) { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull });
    }

    private static IEnumerable<(string What, string Path)> Links() =>
    [
        ("home", "/"),
        ("dataset", $"/datasets/{JourneyState.Project}.{JourneyState.Dataset}"),
        ("feature view", $"/features/{JourneyState.Project}.{TitanicFeatures.View}"),
        ("experiment", $"/experiments/{JourneyState.Project}.{JourneyState.Experiment}"),
        ("model", $"/models/{JourneyState.Project}.{JourneyState.Model}"),
        ("endpoint", $"/endpoints/{JourneyState.Endpoint}"),
        ("audit trail", "/audit"),
    ];
}
