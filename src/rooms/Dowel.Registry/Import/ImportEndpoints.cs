using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Imports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Registry.Import;

/// <summary>The routes by which <c>dowel import mlflow</c> brings registered models. Each call is whole or absent, and the same again changes nothing.</summary>
internal static class ImportEndpoints
{
    public static void MapImport(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup(ImportScope.Root + "/models").WithTags("Import").Allow(AccessRule.InProject(ProjectRole.Contributor));
        group.MapPost("", PutModel).WithName("ImportModel").WithSummary("Takes in a registered model of a source, or says which of its versions have come");
        group.MapPost("/versions", PutVersions).WithName("ImportModelVersions").WithSummary("Takes in versions of an imported model");
        group.MapPost("/aliases", PutAliases).WithName("ImportModelAliases").WithSummary("Sets the aliases of an imported model, and closes its import");
    }

    private static async Task<ApiResult<ImportedModel>> PutModel(ImportScope scope, ImportModel body, ModelImport import, CancellationToken cancellationToken)
        => await import.PutAsync(scope, body, cancellationToken);

    private static async Task<ApiResult<ImportResult>> PutVersions(ImportScope scope, ImportModelVersions body, VersionImport import, CancellationToken cancellationToken)
        => await import.PutAsync(scope, body, cancellationToken);

    private static async Task<ApiResult<ImportResult>> PutAliases(ImportScope scope, ImportAliases body, ModelImport import, CancellationToken cancellationToken)
        => await import.CloseAsync(scope, body, cancellationToken);
}
