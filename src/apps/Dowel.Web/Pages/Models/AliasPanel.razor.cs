namespace Dowel.Web.Pages.Models;

/// <summary>The aliases of a model and how they moved.</summary>
public partial class AliasPanel
{
    private IReadOnlyList<ModelChange>? moves;

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>After an alias was moved.</summary>
    [Parameter] public EventCallback OnMoved { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Model.Id;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => moves = (await Api.Models.HistoryAsync(Model.Id, new HistoryQuery { Kind = ModelChangeKind.Alias, Limit = 1000 }, cancellationToken)).Items;

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
