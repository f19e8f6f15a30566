using System.Globalization;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>Makes an endpoint: what answers, its name, how many replicas; the rest is folded away.</summary>
public partial class DeployPage
{
    private static readonly (DeployKind Kind, string Title, string Note, string Icon)[] kinds =
    [
        (DeployKind.Model, "A model", "a registered version", Icons.Material.Outlined.Category),
        (DeployKind.Image, "A Docker image", "that answers HTTP", Icons.Material.Outlined.Inventory2),
        (DeployKind.Server, "A server elsewhere", "reached by its URL", Icons.Material.Outlined.Cloud),
        (DeployKind.Graph, "A graph", "of other endpoints", Icons.Material.Outlined.AccountTree),
        (DeployKind.Observed, "Watched only", "predictions are sent here", Icons.Material.Outlined.Visibility),
    ];

    private readonly DeployDraft draft = new();
    private FieldErrors errors = FieldErrors.None;
    private Problem? failure, modelProblem;
    private IReadOnlyList<FeatureView> views = [];
    private IReadOnlyList<Snippet> snippets = [];
    private string summary = "";
    private bool busy;

    [SupplyParameterFromQuery(Name = "what")] private string? what { get; set; }

    [SupplyParameterFromQuery(Name = "model")] private string? modelName { get; set; }

    [SupplyParameterFromQuery(Name = "version")] private int? version { get; set; }

    // Only a model version says by its signature which features it takes.
    private bool joins => Me.HasRoom("Features") && draft.Kind == DeployKind.Model;

    /// <inheritdoc/>
    protected override void OnInitialized() => draft.Project = Me.WritableProjects() is { Count: > 0 } projects ? projects[0] : null;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (Enum.TryParse<DeployKind>(what, ignoreCase: true, out var kind)) draft.Kind = kind;
        else if (!Me.HasRoom("Registry")) draft.Kind = DeployKind.Image;
        Refresh();
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (modelName is { Length: > 0 } name && draft.Model is null)
        {
            RegisteredModel? found = null;
            modelProblem = await FailureOfAsync(async ct => found = await Api.Models.GetAsync(name, ct));
            if (found is not null) Take(found, version);
        }
        if (Me.HasRoom("Features")) await FailureOfAsync(async ct => views = [.. (await Api.FeatureViews.ListAsync(new ListQuery { Sort = "name", Limit = 200 }, ct)).Items.Where(v => v.Online)]);
    }

    private void ChooseKind(DeployKind kind)
    {
        (draft.Kind, failure, errors) = (kind, null, FieldErrors.None);
        SetQuery(("what", kind == DeployKind.Model ? null : kind.ToString().ToLowerInvariant()));
        Refresh();
    }

    private void ChooseModel(RegisteredModel model)
    {
        Take(model, null);
        SetQuery(("model", model.Id), ("version", null));
    }

    private void Take(RegisteredModel model, int? chosen)
    {
        draft.Model = model;
        draft.Which = chosen is { } v ? v.ToString(CultureInfo.InvariantCulture) : model.Aliases.ContainsKey("production") ? "@production" : model.LatestVersion.ToString(CultureInfo.InvariantCulture);
        // Its own project, where the person may put things there.
        if (Me.WritableProjects().Contains(model.Project)) draft.Project = model.Project;
        Refresh();
    }

    private void Set(Action change)
    {
        change();
        Refresh();
    }

    private void Refresh()
    {
        if (!draft.IsNamed) draft.Name = draft.SuggestedName();
        draft.TryRequest(out var request, out var wrong);
        if (failure is null) errors = new FieldErrors(wrong);
        summary = DeployWords.Of(draft);
        snippets = DeployCommand.Snippets(Nav.BaseUri, request);
    }

    private async Task DeployAsync()
    {
        if (!draft.TryRequest(out var request, out var wrong))
        {
            failure = Problems.Of(ErrorCodes.Invalid, "") with { Fields = wrong, Remedy = null };
            errors = new FieldErrors(wrong);
            return;
        }
        busy = true;
        Endpoint? made = null;
        failure = await FailureOfAsync(async ct => made = await Api.Endpoints.CreateAsync(request, ct));
        errors = new FieldErrors(failure?.Fields);
        busy = false;
        if (made is not null) Nav.NavigateTo($"endpoints/{Uri.EscapeDataString(made.Id)}{(made.State == DeploymentState.Loading ? "?tab=deployments" : "")}");
    }
}
