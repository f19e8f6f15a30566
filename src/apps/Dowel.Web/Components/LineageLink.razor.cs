namespace Dowel.Web.Components;

/// <summary>One thing of the lineage. An experiment's versions are its runs.</summary>
public partial class LineageLink
{
    private bool isRun;
    private string? href;
    private string word = "";
    private string name = "";

    /// <summary>The thing.</summary>
    [Parameter, EditorRequired] public LineageNode Node { get; set; } = new();

    /// <summary>Names of runs by id, where they are known.</summary>
    [CascadingParameter(Name = "RunNames")] private IReadOnlyDictionary<string, string>? RunNames { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        isRun = Node.Kind == "experiment" && Node.Version is { Length: > 0 };
        href = isRun ? KindIcons.Href("run", Node.Version!) : KindIcons.Href(Node.Kind, Node.Id);
        if (href is not null && Node.Kind == "model" && Node.Version is { Length: > 0 } number) href += $"?v={Uri.EscapeDataString(number)}";
        name = Node.Name;
        if (isRun && RunNames?.GetValueOrDefault(Node.Version!) is { Length: > 0 } run) (name, word) = (run, $"run of {Node.Name}");
        else word = isRun ? $"run …{Node.Version![^Math.Min(6, Node.Version!.Length)..]}" : Node.Version is { Length: > 0 } version ? $"{KindIcons.Word(Node.Kind)}, version {version}" : KindIcons.Word(Node.Kind);
    }
}
