using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Imports;
using Dowel.Kernel.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Experiments.Import;

/// <summary>The routes by which <c>dowel import mlflow</c> brings experiments and runs. Each call is whole or absent, and the same again changes nothing.</summary>
internal static class ImportEndpoints
{
    public static void MapImport(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup(ImportScope.Root).WithTags("Import").Allow(AccessRule.InProject(ProjectRole.Contributor));
        group.MapPut("/experiments/{id}", PutExperiment).WithName("ImportExperiment").WithSummary("Takes in an experiment of a source, or finds the one that came before");
        group.MapPost("/runs/check", CheckRuns).WithName("CheckImportedRuns").WithSummary("How far runs of a source are");
        group.MapPost("/experiments/{id}/runs", PutRuns).WithName("ImportRuns").WithSummary("Takes in runs of an experiment");
        group.MapPost("/metrics", PutMetrics).WithName("ImportMetrics").WithSummary("Takes in metric points of runs");
        group.MapPost("/logged-models/check", CheckModels).WithName("CheckImportedLoggedModels").WithSummary("How far logged models of a source are");
        group.MapPost("/experiments/{id}/logged-models", PutModels).WithName("ImportLoggedModels").WithSummary("Takes in logged models of an experiment");
        group.MapPost("/files/check", CheckFiles).WithName("CheckImportedFiles").WithSummary("Which files of runs and logged models are still to be sent");
        group.MapPut("/files/{owner}/{**path}", PutFile).WithName("ImportFile").WithSummary("Stores the body as a file of an imported run or logged model");
    }

    private static async Task<ApiResult<ImportedExperiment>> PutExperiment(ImportScope scope, string id, ImportExperiment body, ExperimentImport import, CancellationToken cancellationToken)
        => await import.PutAsync(scope, id, body, cancellationToken);

    private static async Task<ApiResult<IReadOnlyList<ImportState>>> CheckRuns(ImportScope scope, ImportCheck body, RunImport import, CancellationToken cancellationToken)
        => await import.CheckAsync(scope, ImportMap.Run, body, cancellationToken);

    private static async Task<ApiResult<ImportResult>> PutRuns(ImportScope scope, string id, ImportRuns body, RunImport import, CancellationToken cancellationToken)
        => await import.PutAsync(scope, id, body, cancellationToken);

    private static async Task<ApiResult<ImportResult>> PutMetrics(ImportScope scope, ImportMetrics body, MetricImport import, CancellationToken cancellationToken)
        => await import.PutAsync(scope, body, cancellationToken);

    private static async Task<ApiResult<IReadOnlyList<ImportState>>> CheckModels(ImportScope scope, ImportCheck body, RunImport import, CancellationToken cancellationToken)
        => await import.CheckAsync(scope, ImportMap.Model, body, cancellationToken);

    private static async Task<ApiResult<ImportResult>> PutModels(ImportScope scope, string id, ImportLoggedModels body, LoggedModelImport import, CancellationToken cancellationToken)
        => await import.PutAsync(scope, id, body, cancellationToken);

    private static async Task<ApiResult<ImportFilesState>> CheckFiles(ImportScope scope, ImportFiles body, FileImport import, CancellationToken cancellationToken)
        => await import.CheckAsync(scope, body, cancellationToken);

    private static async Task<ApiResult<ArtifactInfo>> PutFile(ImportScope scope, string owner, string? path, HttpRequest request, FileImport import, CancellationToken cancellationToken)
    {
        // The service counts, by the setting for uploads.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        return await import.PutAsync(scope, owner, path ?? "", request.Body, request.ContentLength, cancellationToken);
    }
}
