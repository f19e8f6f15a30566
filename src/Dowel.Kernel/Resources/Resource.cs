using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Resources;

/// <summary>A named thing as the kernel knows it, with what the actor at hand may do with it.</summary>
public sealed record Resource
{
    /// <summary>What its contract shows.</summary>
    public required ResourceInfo Info { get; init; }
    /// <summary>The owning project's id.</summary>
    public required string ProjectId { get; init; }
    /// <summary>The answerable user's id.</summary>
    public required string OwnerId { get; init; }

    /// <summary>When it was put into the bin; null while it is in use. What is in the bin keeps its name, is in no list and can be restored.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Its id.</summary>
    public string Id => Info.Id;
    /// <summary>Its name.</summary>
    public string Name => Info.Name;

    /// <summary>Binds, in endpoint handlers, the resource that the route's <c>AccessRule.On</c> found and allowed.</summary>
    public static ValueTask<Resource?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<Resource>());
}

/// <summary>A row of <c>kernel_resources</c> with the project's name, people's names and the actor's role and share.</summary>
internal sealed class ResourceRow
{
    public string Id { get; set; } = "";
    public string Kind { get; set; } = "";
    public string ProjectId { get; set; } = "";
    public string Project { get; set; } = "";
    public string Name { get; set; } = "";
    public string Description { get; set; } = "";
    public string OwnerId { get; set; } = "";
    public string? Owner { get; set; }
    public string Tags { get; set; } = "{}";
    public string Visibility { get; set; } = "private";
    public long CreatedAt { get; set; }
    public string? CreatedBy { get; set; }
    public long UpdatedAt { get; set; }
    public long Revision { get; set; }
    public long? DeletedAt { get; set; }
    public string? Role { get; set; }
    public string? ShareLevel { get; set; }

    public Resource ToResource(Permission access) => new()
    {
        ProjectId = ProjectId,
        OwnerId = OwnerId,
        DeletedAt = Instants.FromMicros(DeletedAt),
        Info = new ResourceInfo
        {
            Id = Id,
            Kind = Kind,
            Project = Project,
            Name = Name,
            Description = Description,
            Owner = Owner ?? "",
            Tags = JsonSerializer.Deserialize<Dictionary<string, string>>(Tags) ?? [],
            Visibility = Enum.Parse<Visibility>(Visibility, ignoreCase: true),
            Access = access,
            CreatedAt = Instants.FromMicros(CreatedAt),
            CreatedBy = CreatedBy ?? "",
            UpdatedAt = Instants.FromMicros(UpdatedAt),
            Revision = Revision,
        },
    };
}
