using System.Diagnostics;
using System.Globalization;
using Dowel.Client;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>Runs the nine stages one after the other, and says how it goes.</summary>
internal sealed class JourneyRunner(Arguments arguments, TextWriter output, TextWriter error)
{
    private static readonly TimeSpan LongestStage = TimeSpan.FromMinutes(2);

    private static readonly IReadOnlyList<Stage> Stages =
    [
        new("Access", Access.RunAsync),
        new("Catalog", Catalog.RunAsync),
        new("Feature engineering", FeatureEngineering.RunAsync),
        new("Data sharing", DataSharing.RunAsync),
        new("Experiment", ExperimentStage.RunAsync),
        new("Registry", Registry.RunAsync),
        new("Deployment", Deployment.RunAsync),
        new("Watching", Watching.RunAsync),
        new("Sharing", EndpointSharing.RunAsync),
    ];

    private readonly List<StageResult> results = [];

    /// <summary>Whether every stage's check held.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var state = new JourneyState { Server = arguments.Server, DataFile = arguments.Data, Admin = DowelClient.Connect(arguments.Server, arguments.Token) };
        try
        {
            foreach (var stage in Stages)
            {
                if (!await RunAsync(stage, state, cancellationToken)) break;
            }
        }
        finally
        {
            foreach (var stage in Stages.Skip(results.Count)) results.Add(new StageResult(stage.Name, false, 0, new Dictionary<string, object>(), "not run", WasRun: false));
            if (arguments.Json is { } path) await Summary.WriteJsonAsync(path, state, results);
        }
        Summary.Print(output, state, results, arguments.ShowPasswords);
        return results.All(r => r.Ok);
    }

    private async Task<bool> RunAsync(Stage stage, JourneyState state, CancellationToken cancellationToken)
    {
        var title = $"[{results.Count + 1}/{Stages.Count}] {stage.Name}";
        await output.WriteAsync($"{title} … ");
        await output.FlushAsync(cancellationToken);
        var report = new StageReport();
        var begun = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestStage);
        (string Message, string? Remedy)? failure = null;
        try
        {
            await stage.RunAsync(state, report, limit.Token);
        }
        catch (CheckFailedException e)
        {
            failure = (e.Message, e.Remedy);
        }
        catch (DowelException e)
        {
            failure = ($"{e.Message} ({e.Code})", e.Remedy);
        }
        catch (OperationCanceledException)
        {
            failure = cancellationToken.IsCancellationRequested
                ? ("Stopped by Ctrl-C.", null)
                : ($"It took more than {LongestStage.TotalMinutes} minutes.", "Look whether the server is busy or hangs; its log says what it does.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or FormatException or UnauthorizedAccessException)
        {
            failure = (e.Message, "Check that the server still runs, and its log.");
        }
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var took = string.Create(CultureInfo.InvariantCulture, $"{seconds:F1} s");
        results.Add(new StageResult(stage.Name, failure is null, Math.Round(seconds, 3), report.Figures, failure?.Message));
        await output.WriteLineAsync(failure is null ? $"{report.Line} … {took}" : $"FAILED after {took}");
        foreach (var line in report.Details) await output.WriteLineAsync($"      {line}");
        await output.FlushAsync(CancellationToken.None);
        if (failure is not { } f) return true;
        await error.WriteLineAsync($"error: {title}: {OneLine(f.Message)}{(f.Remedy is null ? "" : $" Remedy: {OneLine(f.Remedy)}")}");
        return false;
    }

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
