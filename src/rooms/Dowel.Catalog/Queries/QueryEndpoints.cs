using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Catalog.Queries;

/// <summary>The route of SQL queries.</summary>
internal static class QueryEndpoints
{
    public static void MapQueries(this IEndpointRouteBuilder endpoints)
        => endpoints.MapPost("/api/v1/query", Run).WithTags("Catalog").Allow(AccessRule.CheckedInside("only datasets that the caller may use are tables of the query"))
            .WithName("QueryDatasets").WithSummary("Runs one SELECT over the datasets that you may use");

    private static async Task<ApiResult<SqlResult>> Run(Actor actor, SqlQuery query, QueryService queries, CancellationToken cancellationToken)
        => await queries.RunAsync(actor, query, cancellationToken);
}
