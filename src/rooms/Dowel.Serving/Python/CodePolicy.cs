using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Python;

/// <summary>Who may deploy models whose loading runs their author's code. Such code can do what the server's system user can.</summary>
internal sealed class CodePolicy(IOptions<ServingOptions> options) : ICodePolicy
{
    /// <summary>Why an actor may not; null where they may.</summary>
    public Failure? Check(Actor actor) => options.Value.Python.Allow switch
    {
        CodeAccess.Everyone => null,
        CodeAccess.Admins when actor.IsAdmin => null,
        CodeAccess.Admins => new Failure(ErrorCodes.Forbidden, "Models that run code of their author are deployed by administrators on this server; Serving__Python__Allow=everyone lets everyone."),
        _ => new Failure(ErrorCodes.Forbidden, "This server runs no models with code of their author; that is switched on by Serving__Python__Allow=admins."),
    };
}
