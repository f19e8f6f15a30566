namespace Dowel.Web.Components;

/// <summary>Where a thing comes from and who uses it.</summary>
public partial class LineagePanel
{
    private IReadOnlyList<LineageEdge>? edges;

    /// <summary>Id of the thing.</summary>
    [Parameter, EditorRequired] public string Id { get; set; } = "";

    /// <summary>Its version (of an experiment: a run's id); null for all.</summary>
    [Parameter] public string? Version { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Id}@{Version}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => edges = await Api.Resources.LineageAsync(Id, Version, null, cancellationToken);

    private IReadOnlyList<LineageEdge> Towards(IReadOnlyList<LineageEdge> all) => [.. all.Where(e => IsThis(e.To))];

    private IReadOnlyList<LineageEdge> Onwards(IReadOnlyList<LineageEdge> all) => [.. all.Where(e => IsThis(e.From))];

    private IReadOnlyList<LineageEdge> Further(IReadOnlyList<LineageEdge> all) => [.. all.Where(e => !IsThis(e.To) && !IsThis(e.From) && !AreHidden(e))];

    // What hangs on this without being seen at either end says nothing but that it is there.
    private static bool AreHidden(LineageEdge edge) => edge.From.Id.Length == 0 && edge.To.Id.Length == 0;

    private bool IsThis(LineageNode node) => node.Id == Id && (Version is null || node.Version == Version);
}
