namespace Dowel.Web.Pages.Endpoints;

/// <summary>What is about to be made, in words.</summary>
internal static class DeployWords
{
    public static string Of(DeployDraft draft)
    {
        var name = draft.Name.Trim().Length == 0 ? "The endpoint" : $"“{draft.Name.Trim()}”";
        var what = draft.Kind switch
        {
            DeployKind.Model => draft.Model is { } model ? $"answers by {model.Name}, {(draft.Which.StartsWith('@') ? $"the version in {draft.Which[1..]} now" : $"version {draft.Which}")}" : "answers by a model that you choose",
            DeployKind.Image => draft.Image.Trim().Length > 0 ? $"answers by the image {draft.Image.Trim()}" : "answers by an image that you name",
            DeployKind.Server => draft.Url.Trim().Length > 0 ? $"hands requests on to {draft.Url.Trim()}" : "hands requests on to a server elsewhere",
            DeployKind.Graph => draft.Graph is { } graph ? $"runs a graph of {graph.Nodes.Values.Sum(n => n.Steps.Count)} steps" : "runs a graph of other endpoints",
            _ => "watches a model that runs elsewhere",
        };
        List<string> more = [$"{name} {what}{(draft.Project is { } project ? $", in the project {project}" : "")}."];
        var s = draft.Settings;
        if (draft.Runs)
        {
            more.Add(s.Follows ? $"It has {s.Scaling.Min} to {s.Scaling.Max} replicas, as the load asks for." : s.Replicas == 1 ? "One replica runs." : $"{s.Replicas} replicas run.");
            if (s.Follows && s.Scaling.Min == 0) more.Add("While nobody asks, nothing runs; the first request then takes longer.");
        }
        if (draft.View.Length > 0 && draft.Kind == DeployKind.Model) more.Add($"Features come from {draft.View}.");
        if (s.Batches) more.Add($"Up to {s.Batching.MaxSize} rows run together.");
        if (DeploymentText.Limits(draft.Policy.Limits) is { } limits) more.Add($"At most {limits}.");
        if (DeploymentText.Ingress(draft.Policy.Ingress) is { } ingress) more.Add($"Only for {ingress}.");
        return string.Join(' ', more);
    }
}
