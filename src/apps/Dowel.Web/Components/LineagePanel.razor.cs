namespace Dowel.Web.Components;

/// <summary>Where a thing comes from and who uses it.</summary>
public partial class LineagePanel
{
    private IReadOnlyList<LineageEdge>? edges;

    /// <summary>Id of the thing.</summary>
    [Parameter, EditorRequired] public string Id { get; set; } = "";

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => edges = await Api.Resources.LineageAsync(Id, cancellationToken: cancellationToken);

    private IReadOnlyList<LineageEdge> Towards(IReadOnlyList<LineageEdge> all) => [.. all.Where(e => e.To.Id == Id)];

    private IReadOnlyList<LineageEdge> Onwards(IReadOnlyList<LineageEdge> all) => [.. all.Where(e => e.From.Id == Id)];

    private IReadOnlyList<LineageEdge> Further(IReadOnlyList<LineageEdge> all) => [.. all.Where(e => e.To.Id != Id && e.From.Id != Id)];
}
