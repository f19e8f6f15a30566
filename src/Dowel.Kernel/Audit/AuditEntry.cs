using Dowel.Kernel.Access;
using Dowel.Kernel.Resources;

namespace Dowel.Kernel.Audit;

/// <summary>What is to be recorded: a change, or a denied attempt.</summary>
public sealed record AuditEntry
{
    /// <summary>Who.</summary>
    public required Actor Actor { get; init; }
    /// <summary>What, as <c>thing.verb</c>.</summary>
    public required string Action { get; init; }
    /// <summary>Whether it was denied.</summary>
    public bool Denied { get; init; }
    /// <summary>The project concerned, by name.</summary>
    public string Project { get; init; } = "";
    /// <summary>Id of the thing concerned.</summary>
    public string ResourceId { get; init; } = "";
    /// <summary>Name of the thing concerned.</summary>
    public string Resource { get; init; } = "";
    /// <summary>What it was; written as JSON. Never give it a secret.</summary>
    public object? Before { get; init; }
    /// <summary>What it is; written as JSON. Never give it a secret.</summary>
    public object? After { get; init; }

    /// <summary>An entry about a resource.</summary>
    public static AuditEntry On(Actor actor, Resource resource, string action, object? before = null, object? after = null) => new()
    {
        Actor = actor,
        Action = action,
        Project = resource.Info.Project,
        ResourceId = resource.Id,
        Resource = resource.Name,
        Before = before,
        After = after,
    };
}
