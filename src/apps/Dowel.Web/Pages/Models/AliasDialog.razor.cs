namespace Dowel.Web.Pages.Models;

/// <summary>Points an alias at a version.</summary>
public partial class AliasDialog
{
    private string alias = "production";
    private int version = 1;
    private string reason = "";
    private bool busy;
    private Problem? failure;
    private IReadOnlyList<ModelVersion> versions = [];

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>The version to begin with.</summary>
    [Parameter] public int? Version { get; set; }

    /// <summary>The alias, where it is not to be chosen.</summary>
    [Parameter] public string? Alias { get; set; }

    private bool isProtected => Model.Gate.ProtectedAliases.Contains(alias?.Trim(), StringComparer.OrdinalIgnoreCase);

    [CascadingParameter] private IMudDialogInstance Dialog { get; set; } = null!;

    internal static async Task<bool> ShowAsync(IDialogService dialogs, RegisteredModel model, int? version, string? alias)
    {
        var parameters = new DialogParameters<AliasDialog> { { d => d.Model, model }, { d => d.Version, version }, { d => d.Alias, alias } };
        var shown = await dialogs.ShowAsync<AliasDialog>("Move an alias", parameters, new DialogOptions { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, CloseOnEscapeKey = true });
        return await shown.Result is { Canceled: false };
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        version = Version ?? Math.Max(1, Model.LatestVersion);
        alias = Alias ?? alias;
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        versions = (await Api.Models.VersionsAsync(Model.Id, new ListQuery { Sort = "-version", Limit = 200 }, cancellationToken)).Items;

    private string Title(int number) => versions.FirstOrDefault(v => v.Version == number) is { } v ? $"version {number} · {GateChip.Word(v.Gate)}" : $"version {number}";

    private async Task SaveAsync()
    {
        busy = true;
        failure = await FailureOfAsync(ct => Api.Models.SetAliasAsync(Model.Id, alias.Trim(), version, reason.Trim(), ct));
        busy = false;
        if (failure is null) Dialog.Close();
    }
}
