namespace Dowel.Web.Pages.Endpoints;

/// <summary>Chooses a model among those that the person may see.</summary>
public partial class ModelPicker
{
    private const int Most = 6;

    private string search = "";
    private IReadOnlyList<RegisteredModel>? models;
    private bool more;

    /// <summary>The model that is chosen.</summary>
    [Parameter] public RegisteredModel? Chosen { get; set; }

    /// <summary>When another was chosen.</summary>
    [Parameter] public EventCallback<RegisteredModel> OnChosen { get; set; }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var asked = search;
        var page = await Api.Models.ListAsync(new ListQuery { Search = asked, Sort = "-updated", Limit = Most }, cancellationToken);
        if (asked != search) return;
        // The one that is chosen stays in sight.
        models = Chosen is { } chosen && asked.Length == 0 && page.Items.All(m => m.Id != chosen.Id) ? [chosen, .. page.Items] : page.Items;
        more = page.NextCursor is not null;
    }

    private Task SearchAsync(string? text)
    {
        search = text?.Trim() ?? "";
        return ReloadAsync();
    }

    private static string Note(RegisteredModel model)
    {
        if (model.LatestVersion == 0) return $"{model.Project} · no version yet";
        var production = model.Aliases.TryGetValue("production", out var version) ? $", production is version {version}" : "";
        return $"{model.Project} · {Formats.Count(model.LatestVersion)} version{(model.LatestVersion == 1 ? "" : "s")}{production}";
    }
}
