namespace Dowel.Web.Pages.Models;

/// <summary>Every change of a model and its versions, page after page.</summary>
public partial class ModelHistory
{
    private static readonly (string Value, string Title)[] kinds =
    [
        ("alias", "Alias moves"), ("stage", "Stage changes"), ("approval", "Approvals"), ("version", "Registrations and deletions"), ("description", "Descriptions"), ("tag", "Tags"), ("name", "Renames"), ("gate", "Changes of the gate"),
    ];

    private List<ModelChange>? changes;
    private string? cursor;
    private bool more;

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    [SupplyParameterFromQuery(Name = "kind")] private string? kind { get; set; }

    [SupplyParameterFromQuery(Name = "version")] private int? version { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Model.Id}\n{Model.Revision}\n{kind}\n{version}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var page = await Api.Models.HistoryAsync(Model.Id, Query(null), cancellationToken);
        if (key == LoadKey) (changes, cursor) = ([.. page.Items], page.NextCursor);
    }

    private HistoryQuery Query(string? from) => new() { Kind = Enum.TryParse<ModelChangeKind>(kind, true, out var k) ? k : null, Version = version, Cursor = from, Limit = 50 };

    private async Task MoreAsync()
    {
        more = true;
        await DoAsync(async ct =>
        {
            var page = await Api.Models.HistoryAsync(Model.Id, Query(cursor), ct);
            changes!.AddRange(page.Items);
            cursor = page.NextCursor;
        });
        more = false;
    }
}
