namespace Dowel.Web.Pages.Endpoints;

/// <summary>One endpoint. While it is loading, the page asks again every second.</summary>
public partial class EndpointPage
{
    private IReadOnlyList<TabItem> tabs = [];
    private Endpoint? endpoint;
    private bool watching;

    /// <summary>Its id or name.</summary>
    [Parameter] public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")] private string? tab { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    private string active => tabs.Any(t => t.Key == tab) ? tab! : "use";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        endpoint = await Api.Endpoints.GetAsync(Id, cancellationToken);
        tabs =
        [
            new("use", "Use it"), new("deployments", "Deployments"),
            .. Me.HasRoom("Observability") ? (TabItem[])[new("watch", "Watch"), new("predictions", "Predictions"), new("drift", "Drift")] : [],
            .. Me.HasRoom("Catalog") && endpoint.Access >= Permission.Use ? (TabItem[])[new("batch", "Batch")] : [],
            .. endpoint.Access >= Permission.Edit ? (TabItem[])[new("settings", "Settings")] : [],
            new("uses", "Uses"), new("sharing", "Sharing"),
        ];
        Follow();
    }

    private void Changed(Endpoint value)
    {
        endpoint = value;
        Follow();
    }

    private void Follow()
    {
        if (watching || !IsLoading(endpoint)) return;
        watching = true;
        _ = InvokeAsync(FollowAsync);
    }

    private async Task FollowAsync()
    {
        try
        {
            while (IsLoading(endpoint))
            {
                await Task.Delay(TimeSpan.FromSeconds(1), Time, Closed);
                endpoint = await Api.Endpoints.GetAsync(endpoint!.Id, Closed);
                StateHasChanged();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or DowelException or ObjectDisposedException)
        {
            // The page was left, or the endpoint is gone; whatever the page does next says so.
        }
        watching = false;
    }

    private static bool IsLoading(Endpoint? endpoint) => endpoint is not null && (endpoint.State == DeploymentState.Loading || endpoint.Deployments.Any(d => d.State == DeploymentState.Loading));

    private async Task UpdateAsync(ResourcePatch p, CancellationToken cancellationToken)
    {
        endpoint = await Api.Endpoints.UpdateAsync(endpoint!.Id, new PatchEndpoint { Name = p.Name, Description = p.Description, Owner = p.Owner, Tags = p.Tags }, endpoint.Revision, cancellationToken);
        await InvokeAsync(StateHasChanged);
    }
}
