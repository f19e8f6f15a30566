using System.Globalization;

namespace Dowel.Cli.Import;

/// <summary>Says what an import found and did.</summary>
internal static class ImportReport
{
    private const int MostShown = 10;

    /// <summary>Prints it; the exit code is a failure where something was refused.</summary>
    public static int Write(CliSession session, ImportTally tally)
    {
        var exit = tally.Refused == 0 ? ExitCodes.Ok : ExitCodes.Failed;
        if (session.Output.IsJson)
        {
            session.Output.WriteJson(tally);
            return exit;
        }
        var error = session.Host.Error;
        (string Name, Things Things)[] rows =
        [
            ("experiments", tally.Experiments), ("runs", tally.Runs), ("metric points", tally.MetricPoints), ("logged models", tally.LoggedModels), ("files", tally.Files),
            ("registered models", tally.Models), ("versions", tally.ModelVersions), ("aliases", tally.Aliases),
        ];
        session.Output.List([.. rows.Where(r => r.Things.Found > 0)], "There is nothing to import.",
            new Column<(string Name, Things Things)>("What", r => r.Name),
            new("In MLflow", r => Number(r.Things.Found), Right: true),
            new("Here before", r => Number(r.Things.Present), Right: true),
            new(tally.DryRun ? "To import" : "Imported", r => Number(tally.DryRun ? r.Things.Found - r.Things.Present - r.Things.Refused : r.Things.Imported), Right: true),
            new("Refused", r => Number(r.Things.Refused), Right: true));
        if (tally.Bytes.Found > 0) error.WriteLine($"{Cell.Bytes(tally.Bytes.Found)} of files{(tally.DryRun ? "" : $", {Cell.Bytes(tally.Bytes.Imported)} sent")}.");
        if (tally.NotImported.Count > 0) error.WriteLine($"Not imported: {string.Join(", ", tally.NotImported.Select(n => $"{Number(n.Value)} {n.Key}"))}.");
        foreach (var (table, count) in tally.Orphans) error.WriteLine($"{Number(count)} rows of the table {table} belong to nothing and were left out.");
        foreach (var (why, count) in tally.FilesNotRead) error.WriteLine($"Files not read: {Cell.Clean(why)} ({Number(count)}).");
        foreach (var skip in tally.SkippedValues.Take(MostShown)) error.WriteLine(Cell.Clean($"Left out: {skip.What} '{skip.Key}' of {skip.Id}: {skip.Why}."));
        if (tally.Skipped > MostShown) error.WriteLine($"… {Number(tally.Skipped)} values were left out in all; --output json tells more.");
        foreach (var why in tally.RefusedBecause.Take(MostShown)) error.WriteLine(Cell.Clean($"Refused: {why}"));
        if (tally.Refused > MostShown) error.WriteLine($"… {Number(tally.Refused)} were refused in all; --output json tells more.");
        return exit;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
