using System.CommandLine;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>Brings what an MLflow server has into a project. What was interrupted goes on where it was.</summary>
internal sealed class ImportMlflowCommand : ClientCommand
{
    private readonly Option<string> from = new("--from") { Description = "The MLflow database: its backend store URI, or the path of a SQLite file. It is only read.", HelpName = "uri", Required = true };
    private readonly Option<string?> artifacts = new("--artifacts") { Description = "The folder with the artifacts, if it is not beside the database. Nothing outside of it is read.", HelpName = "folder" };
    private readonly Option<string?> project = new("--project") { Description = "The project that takes it in; default your own.", HelpName = "project" };
    private readonly Option<string[]> experiment = new("--experiment") { Description = "Only this experiment, without registered models; may be repeated.", HelpName = "name" };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Only count what there is, and what of it is here already." };
    private readonly Option<bool> skipArtifacts = new("--skip-artifacts") { Description = "Leave the files of runs and models out." };

    public ImportMlflowCommand(CliHost host) : base(
        host,
        "mlflow",
        "Import experiments, runs, models and their files from an MLflow database. Nothing is imported twice: the same command goes on after an interruption, and later brings what is new.",
        "dowel import mlflow --from sqlite:////srv/mlflow/mlflow.db --artifacts /srv/mlflow/mlartifacts --dry-run",
        "dowel import mlflow --from postgresql://mlflow@db.example.org/mlflow --artifacts /srv/mlflow/mlartifacts --project churn",
        "dowel import mlflow --from mlflow.db --experiment churn-2025 --experiment churn-2026 --output json")
    {
        Options.Add(from);
        Options.Add(artifacts);
        Options.Add(project);
        Options.Add(experiment);
        Options.Add(dryRun);
        Options.Add(skipArtifacts);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var uri = MlflowUri.Parse(args.GetValue(from)!);
        var into = args.GetValue(project) ?? await OwnProjectAsync(session, cancellationToken);
        await using var database = await MlflowDatabase.OpenAsync(uri, cancellationToken);
        var tally = new ImportTally { Database = uri.Shown, SchemaVersion = database.SchemaVersion, Project = into, DryRun = args.GetValue(dryRun) };
        var reader = new MlflowReader(database, tally);
        tally.Source = await reader.SourceAsync(cancellationToken);
        var experiments = await reader.ExperimentsAsync(args.GetValue(experiment) ?? [], cancellationToken);
        tally.Experiments.Found = experiments.Count;
        var folder = args.GetValue(skipArtifacts) ? null : ArtifactFolder.Open(args.GetValue(artifacts), Path.GetDirectoryName(uri.File), [.. experiments.Select(e => e.Location)]);
        IReadOnlyList<FoundModel> models = args.GetValue(experiment) is { Length: > 0 } ? [] : await reader.ModelsAsync(folder is not null, cancellationToken);
        await reader.CountOrphansAsync(cancellationToken);
        await reader.CountAsync([.. experiments.Select(e => e.Id)], cancellationToken);
        try
        {
            await ImportProgress.RunAsync(Host, progress => ImportAsync(session, reader, experiments, models, folder, tally, progress, cancellationToken));
        }
        catch (Exception e) when (!tally.DryRun && e is OperationCanceledException or DowelException or HttpIOException)
        {
            await session.Output.NoteAsync($"Stopped after {tally.Runs.Imported} runs, {tally.MetricPoints.Imported} metric points and {tally.Files.Imported} files. They are kept: the same command goes on from there.");
            throw;
        }
        return ImportReport.Write(session, tally);
    }

    private static async Task ImportAsync(CliSession session, MlflowReader reader, IReadOnlyList<FoundExperiment> experiments, IReadOnlyList<FoundModel> models, ArtifactFolder? folder, ImportTally tally, ImportProgress progress, CancellationToken cancellationToken)
    {
        var server = session.Client.Import.FromMlflow(tally.Project, tally.Source);
        var job = new ImportJob(reader, server, tally, progress);
        var files = folder is null ? null : new FileJob(reader, server, folder, tally, progress);
        if (files is not null) await files.CountAsync(experiments, cancellationToken);
        if (tally.DryRun)
        {
            var all = experiments.Select(e => e.Id).ToHashSet();
            await job.RunsAsync(true, cancellationToken, all);
            await job.LoggedModelsAsync(true, cancellationToken, all);
            return;
        }
        await job.ExperimentsAsync(experiments, cancellationToken);
        await job.RunsAsync(false, cancellationToken);
        await job.LoggedModelsAsync(false, cancellationToken);
        if (files is not null) await files.SendAsync([.. experiments.Where(e => job.Experiments.Contains(e.Id))], job.IsRefused, cancellationToken);
        // Last: versions are made of the files of runs and logged models.
        try
        {
            await new RegistryJob(server, tally, progress).SendAsync(models, cancellationToken);
        }
        catch (DowelException e) when (e.Code == ErrorCodes.RoomOff.Code)
        {
            tally.Refuse(tally.Models, "the registry is off on this server; its models were left out");
        }
    }

    private static async Task<string> OwnProjectAsync(CliSession session, CancellationToken cancellationToken)
    {
        var me = await session.Client.Identity.MeAsync(cancellationToken);
        return me.TokenProject ?? me.Projects.FirstOrDefault(p => p.Role == ProjectRole.Owner)?.Project
            ?? throw CliException.Usage("You own no project yet.", "Make one with 'dowel project create', or name one as --project.");
    }
}
