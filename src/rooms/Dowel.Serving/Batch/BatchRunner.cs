using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Serving.Deployments;
using Dowel.Serving.Endpoints;
using Dowel.Serving.Gateway;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Batch;

/// <summary>Does one run, from where it was left to its output.</summary>
internal sealed class BatchRunner(BatchStore store, IDatasetFiles datasets, IModelSource models, EndpointLoader loader, EndpointTable table, IGateway gateway, ICodePolicy code, DeploymentLogs logs,
    IOptions<DowelOptions> dowel, IOptions<ServingOptions> options, TimeProvider time)
{
    /// <summary>The working folder of a run.</summary>
    public BatchFolder FolderOf(string id) => new(Path.Combine(dowel.Value.Folder("batch"), id));

    /// <exception cref="BatchStoppedException">It cannot go on.</exception>
    public async Task<BatchResult> RunAsync(BatchRow row, BatchProgress progress, CancellationToken cancellationToken)
    {
        if (await store.ActorAsync(row, cancellationToken) is not { } actor) throw Stopped(new Failure(ErrorCodes.Forbidden, $"The user '{row.UserName}', in whose name it ran, is disabled."));
        var source = Need(await datasets.OpenAsync(actor, row.InputId, row.InputVersion, cancellationToken));
        var folder = FolderOf(row.Id);
        folder.Clean();
        await using var target = await TargetAsync(row, actor, cancellationToken);
        await WaitForSignatureAsync(target, progress, cancellationToken);
        var columns = Need(BatchColumns.Fit(target.Signature, source.Columns, row.PlanOf));
        await AnswerAsync(row, source, folder, target, columns, progress, cancellationToken);
        progress.Judge();
        return await PublishAsync(row, actor, source, folder, columns, target.Signature, cancellationToken);
    }

    private async Task AnswerAsync(BatchRow row, DatasetFile source, BatchFolder folder, IBatchTarget target, BatchColumns columns, BatchProgress progress, CancellationToken cancellationToken)
    {
        var settings = row.PlanOf.Settings;
        var kept = folder.Done();
        var done = kept.Select(c => c.Number).ToHashSet();
        var (rows, failed) = (kept.Sum(c => (long)c.Rows), kept.Sum(c => (long)c.Failed));
        progress.Begin(rows, failed);
        using var predictor = new ChunkPredictor(target, columns, new BatchPace(settings, Math.Min(settings.ChunkRows, options.Value.MaxRows), time), progress, time);
        var chunks = (source.Rows + settings.ChunkRows - 1) / settings.ChunkRows;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = settings.Concurrency, CancellationToken = cancellationToken };
        using var saving = new SemaphoreSlim(1);
        await Parallel.ForEachAsync(Missing(), parallel, async (number, ct) =>
        {
            using var chunk = ChunkTable.Read(folder, source.Path, columns, number * settings.ChunkRows, settings.ChunkRows, ct);
            var answers = await predictor.RunAsync(chunk, ct);
            var file = folder.Unfinished(number.ToString(CultureInfo.InvariantCulture));
            chunk.Write(answers, file, ct);
            folder.Keep(file, number, chunk.Count, answers.Reasons.Count);
            await saving.WaitAsync(ct);
            try
            {
                (rows, failed) = (rows + chunk.Count, failed + answers.Reasons.Count);
                await store.ProgressAsync(row.Id, rows, failed, ct);
            }
            finally
            {
                saving.Release();
            }
        });

        IEnumerable<long> Missing()
        {
            for (var number = 0L; number < chunks; number++)
                if (!done.Contains(number)) yield return number;
        }
    }

    private async Task<BatchResult> PublishAsync(BatchRow row, Actor actor, DatasetFile source, BatchFolder folder, BatchColumns columns, ModelSignature? signature, CancellationToken cancellationToken)
    {
        var models = BatchOutput.Models(folder, cancellationToken);
        var from = new List<MadeFrom> { new(source.Id, source.Version.ToString(CultureInfo.InvariantCulture), "feeds") };
        if (row.EndpointId is { } endpoint) from.Add(new(endpoint, "", "predicts"));
        else if (row.ModelId is { Length: > 0 } model) from.Add(new(model, row.Version!.Value.ToString(CultureInfo.InvariantCulture), "predicts"));
        var by = row.Endpoint is { } name ? $"endpoint {name}" : $"{row.Model}/{row.Version}";

        var file = folder.Unfinished("answers");
        BatchOutput.WriteAnswers(folder, source.Path, columns, signature, file, cancellationToken);
        var answers = await PublishAsync(row.Output, $"Predictions of {by} for {row.Input}.", file);
        if (folder.Done().All(c => c.Failed == 0)) return new BatchResult { DatasetId = answers.Id, Version = answers.Version, Models = models };

        file = folder.Unfinished("failed");
        BatchOutput.WriteFailed(folder, source.Path, file, cancellationToken);
        var failed = await PublishAsync(FailedName(row.Output), $"Rows of {row.Input} that {by} could not answer, with the reasons.", file);
        return new BatchResult { DatasetId = answers.Id, Version = answers.Version, FailedDatasetId = failed.Id, FailedVersion = failed.Version, Models = models };

        async Task<PublishedDataset> PublishAsync(string dataset, string description, string path) => Need(await datasets.PublishAsync(actor,
            new DatasetPublication { Project = row.ProjectId, Name = dataset, Description = description, Path = path, Key = row.Key, MadeFrom = from }, cancellationToken));
    }

    /// <summary>The dataset of the failed rows.</summary>
    public static string FailedName(string output) => $"{output}_failed";

    private async Task<IBatchTarget> TargetAsync(BatchRow row, Actor actor, CancellationToken cancellationToken)
    {
        if (row.EndpointId is { } endpoint) return new EndpointTarget(gateway, table, actor, endpoint, time);
        var reference = row.ModelId is { Length: > 0 } id ? id : row.Model!;
        var artifact = Need(await models.ResolveAsync(actor, reference, row.Version!.Value.ToString(CultureInfo.InvariantCulture), cancellationToken));
        if (Need(loader.RuntimeOf(artifact.Flavor)).RunsCode && code.Check(actor) is { } forbidden) throw Stopped(forbidden);
        var deployment = new DeploymentRow { Id = row.Id, EndpointId = row.Id, Name = row.Id, ModelId = row.ModelId ?? "", Model = row.Model!, Version = row.Version.Value, Runtime = artifact.Flavor, Replicas = row.PlanOf.Settings.Concurrency };
        var loaded = await loader.LoadAsync(new LiveEndpoint { Id = row.Id, Name = "batch", Project = row.Project, Row = new EndpointRow { Id = row.Id } }, deployment, cancellationToken);
        logs.Remove(row.Id);
        return new ModelTarget(Need(loaded), options, time);
    }

    /// <summary>An endpoint that was never loaded says what it takes once it is.</summary>
    private async Task WaitForSignatureAsync(IBatchTarget target, BatchProgress progress, CancellationToken cancellationToken)
    {
        for (var begun = time.GetTimestamp(); target.Signature is null && time.GetElapsedTime(begun) < ChunkPredictor.LongestWait;)
        {
            progress.Waiting = "The endpoint is not ready yet.";
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
        }
        progress.Waiting = null;
        if (target.Signature is null) throw Stopped(new Failure(ErrorCodes.NotReady, "The endpoint is not ready, and nothing is known of what it takes."));
    }

    private static T Need<T>(Result<T> result) => result.TryGet(out var value, out var failure) ? value : throw Stopped(failure);

    private static BatchStoppedException Stopped(Failure failure) => new(failure);
}
