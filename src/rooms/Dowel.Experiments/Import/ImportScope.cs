using Dowel.Kernel.Access;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Experiments.Import;

/// <summary>Who imports from where to where.</summary>
/// <param name="Actor">Who.</param>
/// <param name="ProjectId">The project's id.</param>
/// <param name="Project">The project's name.</param>
/// <param name="Source">What tells the source from others: the client's fingerprint of its database.</param>
internal sealed record ImportScope(Actor Actor, string ProjectId, string Project, string Source)
{
    /// <summary>Binds it: the project that the route's rule found and allowed, and the route's source.</summary>
    public static ValueTask<ImportScope> BindAsync(HttpContext context)
    {
        var project = context.Features.Get<ProjectRef>()!;
        return ValueTask.FromResult(new ImportScope(context.Actor(), project.Id, project.Name, context.GetRouteValue("source")?.ToString() ?? ""));
    }

    /// <summary>What is wrong with the source, or null.</summary>
    public Failure? Check() => Source.Length == 64 && Source.All(char.IsAsciiHexDigitLower) ? null : Failure.Invalid("source", Source, "64 hexadecimal digits in lower case: the SHA-256 of what tells the source from others");
}
