namespace Dowel.Web.Pages.Endpoints;

/// <summary>Changes which deployment answers how much of an endpoint's traffic.</summary>
public partial class TrafficDialog
{
    private TrafficDraft draft = new([]);
    private FieldErrors errors = FieldErrors.None;
    private Problem? failure;
    private bool busy;

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    [CascadingParameter] private IMudDialogInstance Dialog { get; set; } = null!;

    internal static async Task<Endpoint?> ShowAsync(IDialogService dialogs, Endpoint endpoint)
    {
        var shown = await dialogs.ShowAsync<TrafficDialog>("Shares of the traffic", new DialogParameters<TrafficDialog> { { d => d.Endpoint, endpoint } }, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true });
        return (await shown.Result)?.Data as Endpoint;
    }

    /// <inheritdoc/>
    protected override void OnInitialized() => draft = new TrafficDraft(Endpoint.Deployments);

    private async Task SaveAsync()
    {
        busy = true;
        Endpoint? changed = null;
        failure = await FailureOfAsync(async ct => changed = await Api.Endpoints.UpdateAsync(Endpoint.Id, new PatchEndpoint { Traffic = draft.Shares }, Endpoint.Revision, ct));
        errors = new FieldErrors(failure?.Fields);
        busy = false;
        if (changed is not null) Dialog.Close(DialogResult.Ok(changed));
    }
}
