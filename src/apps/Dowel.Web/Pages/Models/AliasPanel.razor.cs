namespace Dowel.Web.Pages.Models;

/// <summary>The aliases of a model, and what a version, at first the newest, still needs before the protected ones.</summary>
public partial class AliasPanel
{
    private ModelVersion? candidate;

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>After an alias was moved.</summary>
    [Parameter] public EventCallback OnMoved { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Model.Id}\n{Model.Revision}\n{chosen}";

    [SupplyParameterFromQuery(Name = "version")] private int? chosen { get; set; }

    private string page => $"models/{Uri.EscapeDataString(Model.Id)}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var found = chosen is { } number
            ? await Api.Models.GetVersionAsync(Model.Id, $"{number}", cancellationToken)
            : (await Api.Models.VersionsAsync(Model.Id, new ListQuery { Sort = "-version", Limit = 1 }, cancellationToken)).Items.FirstOrDefault();
        if (key == LoadKey) candidate = found;
    }

    private async Task MoveAsync(string? alias, int? version)
    {
        if (await AliasDialog.ShowAsync(Dialogs, Model, version, alias)) await MovedAsync();
    }

    private async Task RemoveAsync(string alias)
    {
        if (!await ConfirmAsync($"Remove the alias “{alias}”?", "Whoever asks for the model by it finds nothing then.", "Remove")) return;
        if (await DoAsync(ct => Api.Models.DeleteAliasAsync(Model.Id, alias, cancellationToken: ct), "The alias is removed.")) await MovedAsync();
    }

    private async Task MovedAsync()
    {
        await ReloadAsync();
        await OnMoved.InvokeAsync();
    }
}
