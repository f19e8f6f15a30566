using System.Globalization;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>The settings of an endpoint.</summary>
public partial class EndpointSettings
{
    private string which = "";
    private string asLoaded = "";
    private SettingsDraft draft = new();
    private FieldErrors errors = FieldErrors.None;
    private MissingFeaturesPolicy onMissing;
    private bool stopped;
    private bool busy;
    private bool allowRefused;
    private bool beside;
    private Problem? failure;
    private IReadOnlyList<int> versions = [];
    private IReadOnlyDictionary<string, int> aliases = new Dictionary<string, int>();

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    /// <summary>After a change.</summary>
    [Parameter] public EventCallback<Endpoint> OnSaved { get; set; }

    // The newest: what a change is made from.
    private Deployment? Current => Endpoint.Deployments.Count > 0 ? Endpoint.Deployments[^1] : null;

    private bool runs => Current is { } current && (current.Version > 0 || current.Container is not null);

    /// <inheritdoc/>
    protected override string LoadKey => $"{Endpoint.Id}@{Endpoint.Revision}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        stopped = Endpoint.State == DeploymentState.Stopped;
        draft = new SettingsDraft(Current?.Settings, Current?.Replicas ?? 1);
        (errors, beside) = (FieldErrors.None, false);
        onMissing = Endpoint.Features?.OnMissing ?? MissingFeaturesPolicy.Error;
        if (Current is not { } current) return;
        which = asLoaded = current.Container?.Image ?? current.Remote?.Url ?? current.Version.ToString(CultureInfo.InvariantCulture);
        if (current.Version == 0) return;
        versions = [current.Version];
        // The model may be one that this person may not look into; then only the rest can be changed.
        await FailureOfAsync(async ct =>
        {
            var model = await Api.Models.GetAsync(current.Model, ct);
            aliases = model.Aliases;
            versions = [.. Enumerable.Range(1, model.LatestVersion).Reverse()];
        });
    }

    private async Task SaveAsync()
    {
        var patch = new PatchEndpoint();
        if (Current is { } current)
        {
            var (settings, spec) = (draft.ToSettings(), new DeploymentSpec { AllowRefused = allowRefused });
            if (settings != current.Settings) spec = spec with { Settings = settings };
            if (runs && !draft.Follows && draft.Replicas != current.Replicas) spec = spec with { Replicas = draft.Replicas };
            if (which != asLoaded)
            {
                spec = current switch
                {
                    { Container: { } container } => spec with { Container = container with { Image = which.Trim() } },
                    { Remote: { } remote } => spec with { Remote = remote with { Url = which.Trim() } },
                    _ when which.StartsWith('@') => spec with { Alias = which[1..] },
                    _ => spec with { Version = int.Parse(which, CultureInfo.InvariantCulture) },
                };
            }
            if (beside) spec = spec with { Beside = true };
            if (spec != new DeploymentSpec { AllowRefused = allowRefused }) patch = patch with { Deployment = spec };
        }
        if (Endpoint.Features is { } join && join.OnMissing != onMissing) patch = patch with { Features = join with { OnMissing = onMissing } };
        await PatchAsync(patch, "The settings are saved.");
    }

    private async Task ToggleAsync()
    {
        if (!stopped && !await ConfirmAsync($"Stop “{Endpoint.Name}”?", "Its callers get 503 until somebody starts it again.", "Stop")) return;
        await PatchAsync(new PatchEndpoint { Stopped = !stopped }, stopped ? "It is being started." : "It is stopped.");
    }

    private async Task PatchAsync(PatchEndpoint patch, string done)
    {
        busy = true;
        Endpoint? changed = null;
        failure = await FailureOfAsync(async ct => changed = await Api.Endpoints.UpdateAsync(Endpoint.Id, patch, Endpoint.Revision, ct));
        errors = new FieldErrors(failure?.Fields);
        busy = false;
        if (changed is null) return;
        Snackbar.Add(done, Severity.Success);
        await OnSaved.InvokeAsync(changed);
    }
}
