using System.Globalization;
using Dowel.Contracts;

namespace Dowel.Cli.Batch;

/// <summary>Batch runs as text for people.</summary>
internal static class BatchText
{
    public static string Model(BatchRun run) => run.Endpoint ?? $"{run.Model}/{run.Version}";

    public static string Input(BatchRun run) => $"{run.Input}@{run.InputVersion}";

    public static string Done(BatchRun run) => $"{run.Done} of {run.Rows}";

    public static int Print(Output output, BatchRun run) => output.Record(
        run,
        ("Id", run.Id),
        ("State", run.State),
        ("Message", run.Message),
        ("Runs", Model(run)),
        ("Input", Input(run)),
        ("Output", $"{run.Project}.{run.Output}{(run.Result is { } result ? $" version {result.Version}" : "")}"),
        ("Failed rows", run.Result?.FailedVersion is { } failed ? $"{run.Project}.{run.Output}_failed version {failed}" : null),
        ("Answered by", run.Result is { Models.Count: > 0 } answered ? string.Join(", ", answered.Models) : null),
        ("Rows", run.Rows),
        ("Done", run.Done),
        ("Failed", run.Failed),
        ("Rows a second", run.RowsPerSecond is { } rate ? Math.Round(rate, 1) : null),
        ("Time left", run.SecondsLeft is { } left ? Duration(left) : null),
        ("Started by", run.CreatedBy),
        ("Asked for", run.CreatedAt),
        ("Started", run.StartedAt),
        ("Ended", run.EndedAt));

    public static string Duration(double seconds) => TimeSpan.FromSeconds(Math.Min(Math.Ceiling(seconds), 8_640_000)).ToString(seconds >= 86_400 ? @"d\ \d\ hh\:mm\:ss" : @"hh\:mm\:ss", CultureInfo.InvariantCulture);
}
