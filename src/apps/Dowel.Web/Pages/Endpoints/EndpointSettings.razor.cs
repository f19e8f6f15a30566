using System.Globalization;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>The settings of an endpoint.</summary>
public partial class EndpointSettings
{
    private string which = "";
    private string asLoaded = "";
    private int replicas = 1;
    private MissingFeaturesPolicy onMissing;
    private bool stopped;
    private bool busy;
    private bool allowRefused;
    private Problem? failure;
    private IReadOnlyList<int> versions = [];
    private IReadOnlyDictionary<string, int> aliases = new Dictionary<string, int>();

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    /// <summary>After a change.</summary>
    [Parameter] public EventCallback<Endpoint> OnSaved { get; set; }

    private Deployment? Current => Endpoint.Deployments.OrderByDescending(d => d.Traffic).FirstOrDefault();

    /// <inheritdoc/>
    protected override string LoadKey => $"{Endpoint.Id}@{Endpoint.Revision}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        stopped = Endpoint.State == DeploymentState.Stopped;
        replicas = Math.Max(1, Current?.Replicas ?? 1);
        onMissing = Endpoint.Features?.OnMissing ?? MissingFeaturesPolicy.Error;
        if (Current is not { } current) return;
        which = asLoaded = current.Version.ToString(CultureInfo.InvariantCulture);
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
        if (Current is { } current && (which != asLoaded || replicas != current.Replicas))
        {
            patch = patch with
            {
                Deployment = new DeploymentSpec
                {
                    Model = current.Model, Replicas = replicas, AllowRefused = allowRefused,
                    Alias = which.StartsWith('@') ? which[1..] : null,
                    Version = which.StartsWith('@') ? null : int.Parse(which, CultureInfo.InvariantCulture),
                },
            };
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
        busy = false;
        if (changed is null) return;
        Snackbar.Add(done, Severity.Success);
        await OnSaved.InvokeAsync(changed);
    }
}
