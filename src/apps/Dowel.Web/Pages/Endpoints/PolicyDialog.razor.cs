namespace Dowel.Web.Pages.Endpoints;

/// <summary>Which rules are changed.</summary>
public enum PolicyPart
{
    /// <summary>How much may be asked.</summary>
    Limits,
    /// <summary>Who may call.</summary>
    Ingress,
    /// <summary>Which deployment answers how much.</summary>
    Traffic,
}

/// <summary>Changes how much may be asked of an endpoint, who may call it, or which deployment answers how much.</summary>
public partial class PolicyDialog
{
    private PolicyDraft draft = new();
    private TrafficDraft shares = new([]);
    private FieldErrors errors = FieldErrors.None;
    private Problem? failure;
    private bool busy;

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    /// <summary>What is changed.</summary>
    [Parameter, EditorRequired] public PolicyPart Part { get; set; }

    [CascadingParameter] private IMudDialogInstance Dialog { get; set; } = null!;

    internal static async Task<Endpoint?> ShowAsync(IDialogService dialogs, Endpoint endpoint, PolicyPart part)
    {
        var parameters = new DialogParameters<PolicyDialog> { { d => d.Endpoint, endpoint }, { d => d.Part, part } };
        var title = part switch { PolicyPart.Limits => "Limits", PolicyPart.Traffic => "Shares of the traffic", _ => "Who may call" };
        var shown = await dialogs.ShowAsync<PolicyDialog>(title, parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true });
        return (await shown.Result)?.Data as Endpoint;
    }

    /// <inheritdoc/>
    protected override void OnInitialized() => (draft, shares) = (PolicyDraft.Of(Endpoint.Limits, Endpoint.Ingress), new TrafficDraft(Endpoint.Deployments));

    private async Task SaveAsync()
    {
        busy = true;
        Endpoint? changed = null;
        var patch = Part switch
        {
            PolicyPart.Limits => new PatchEndpoint { Limits = draft.Limits ?? new() },
            PolicyPart.Traffic => new PatchEndpoint { Traffic = shares.Shares },
            _ => new PatchEndpoint { Ingress = draft.Ingress ?? new() },
        };
        failure = await FailureOfAsync(async ct => changed = await Api.Endpoints.UpdateAsync(Endpoint.Id, patch, Endpoint.Revision, ct));
        errors = new FieldErrors(failure?.Fields);
        busy = false;
        if (changed is not null) Dialog.Close(DialogResult.Ok(changed));
    }
}
