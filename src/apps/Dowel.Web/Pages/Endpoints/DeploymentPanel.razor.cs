namespace Dowel.Web.Pages.Endpoints;

/// <summary>The deployments of an endpoint: what runs, how it starts, what it writes; and what callers may ask.</summary>
public partial class DeploymentPanel
{
    private bool follow = true;
    private (InferenceGraph Graph, LineageGraphModel Picture)? drawn;

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    /// <summary>After a change.</summary>
    [Parameter] public EventCallback<Endpoint> OnSaved { get; set; }

    [SupplyParameterFromQuery(Name = "log")] private string? log { get; set; }

    [SupplyParameterFromQuery(Name = "graph")] private string? graphMode { get; set; }

    private bool mayEdit => Endpoint.Access >= Permission.Edit;

    private bool editing => graphMode == "edit" && mayEdit;

    // Drawn anew only when it is another: the page looks again every second while something starts.
    private LineageGraphModel PictureOf(InferenceGraph graph)
    {
        if (drawn is not { } known || GraphText.Write(known.Graph) != GraphText.Write(graph)) drawn = (graph, GraphPicture.Of(graph));
        return drawn.Value.Picture;
    }

    private async Task EditAsync(PolicyPart part)
    {
        if (await PolicyDialog.ShowAsync(Dialogs, Endpoint, part) is { } changed) await OnSaved.InvokeAsync(changed);
    }

    private async Task RemoveAsync(Deployment deployment)
    {
        if (!await ConfirmAsync($"Remove “{deployment.Name}”?", "It has no traffic; who asks for its version by name gets 404 from then on.", "Remove")) return;
        Endpoint? changed = null;
        var failure = await FailureOfAsync(async ct => changed = await Api.Endpoints.UpdateAsync(Endpoint.Id, new PatchEndpoint { RemoveDeployments = [deployment.Name] }, Endpoint.Revision, ct));
        if (changed is null) Snackbar.Add(failure?.Detail ?? "It could not be removed.", Severity.Error);
        else await OnSaved.InvokeAsync(changed);
    }

    private async Task<Problem?> SaveGraphAsync(InferenceGraph graph)
    {
        Endpoint? changed = null;
        var failure = await FailureOfAsync(async ct => changed = await Api.Endpoints.UpdateAsync(Endpoint.Id, new PatchEndpoint { Deployment = new DeploymentSpec { Graph = graph } }, Endpoint.Revision, ct));
        if (changed is null) return failure;
        Snackbar.Add("The graph is saved; it takes over when it is ready.", Severity.Success);
        SetQuery(("graph", null));
        await OnSaved.InvokeAsync(changed);
        return null;
    }
}

/// <summary>States in a sentence.</summary>
internal static class StateWords
{
    public static string Of(DeploymentState state) => state switch
    {
        DeploymentState.Loading => "It is being started.",
        DeploymentState.Ready => "It answers.",
        DeploymentState.Failed => "It could not be started.",
        DeploymentState.Stopped => "Somebody stopped it.",
        _ => "Nobody asked for a while; the next request starts it.",
    };
}
