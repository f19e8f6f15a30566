namespace Dowel.Web.Components;

/// <summary>A list of things of one kind: search, project and order in the address, page after page.</summary>
/// <typeparam name="T">What is listed.</typeparam>
public partial class ResourceList<T>
{
    private static readonly (string Key, string Title)[] sorts = [("-updated", "Last changed"), ("-created", "Newest"), ("name", "Name")];
    private List<T>? items;
    private string? cursor;
    private bool more;

    /// <summary>Asks for a page.</summary>
    [Parameter, EditorRequired] public Func<ListQuery, CancellationToken, Task<Page<T>>> Load { get; set; } = (_, _) => Task.FromResult(new Page<T>());

    /// <summary>What they are called, such as <c>datasets</c>.</summary>
    [Parameter, EditorRequired] public string Plural { get; set; } = "";

    /// <summary>The page of one.</summary>
    [Parameter, EditorRequired] public Func<T, string> Href { get; set; } = _ => "";

    /// <summary>Columns beside those that everything has.</summary>
    [Parameter] public IReadOnlyList<ListColumn<T>> Columns { get; set; } = [];

    /// <summary>What to show where nothing is yet.</summary>
    [Parameter] public RenderFragment? Empty { get; set; }

    /// <summary>Filters beside those that everything has; whoever owns them renders the list anew, with another key, when they change.</summary>
    [Parameter] public RenderFragment? Filters { get; set; }

    [SupplyParameterFromQuery(Name = "q")] private string? search { get; set; }

    [SupplyParameterFromQuery(Name = "project")] private string? project { get; set; }

    [SupplyParameterFromQuery(Name = "sort")] private string? sort { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{search}\n{project}\n{sort}";

    /// <summary>Asks again.</summary>
    public Task RefreshAsync() => ReloadAsync();

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var page = await Load(Query(null), cancellationToken);
        // What was typed meanwhile counts; an answer to an older question does not.
        if (key != LoadKey) return;
        items = [.. page.Items];
        cursor = page.NextCursor;
    }

    private ListQuery Query(string? from) => new() { Search = search, Project = project, Sort = sort ?? "-updated", Cursor = from, Limit = 30 };

    private Task SearchAsync(string? text)
    {
        SetQuery(("q", string.IsNullOrWhiteSpace(text) ? null : text.Trim()));
        return Task.CompletedTask;
    }

    private async Task MoreAsync()
    {
        more = true;
        await DoAsync(async ct =>
        {
            var page = await Load(Query(cursor), ct);
            items!.AddRange(page.Items);
            cursor = page.NextCursor;
        });
        more = false;
    }
}
