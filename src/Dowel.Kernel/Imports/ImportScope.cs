using Dowel.Kernel.Access;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Kernel.Imports;

/// <summary>Who imports from where to where. Every room takes in its own part below <see cref="Root"/>, remembers what came from which source, and does nothing for what has come before.</summary>
/// <param name="Actor">Who.</param>
/// <param name="ProjectId">The project's id.</param>
/// <param name="Project">The project's name.</param>
/// <param name="Source">What tells the source from others: the client's fingerprint of its database.</param>
public sealed record ImportScope(Actor Actor, string ProjectId, string Project, string Source)
{
    /// <summary>Where the routes of an import from MLflow begin; their rule is <see cref="AccessRule.InProject"/>.</summary>
    public const string Root = "/api/v1/import/mlflow/{project}/{source}";

    /// <summary>Binds it: the project that the route's rule found and allowed, and the route's source.</summary>
    /// <param name="context">The request.</param>
    public static ValueTask<ImportScope> BindAsync(HttpContext context)
    {
        var project = context.Features.Get<ProjectRef>() ?? throw new InvalidOperationException("A route of an import needs the rule InProject.");
        return ValueTask.FromResult(new ImportScope(context.Actor(), project.Id, project.Name, context.GetRouteValue("source")?.ToString() ?? ""));
    }

    /// <summary>What is wrong with the source, or null.</summary>
    public Failure? Check() => Source.Length == 64 && Source.All(char.IsAsciiHexDigitLower) ? null : Failure.Invalid("source", Source, "64 hexadecimal digits in lower case: the SHA-256 of what tells the source from others");
}
