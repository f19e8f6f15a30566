namespace Dowel.Web.Pages.Home;

/// <summary>What is there, as text; empty for nothing.</summary>
internal sealed record HomeFigures
{
    public string Datasets { get; init; } = "";
    public string Features { get; init; } = "";
    public string Experiments { get; init; } = "";
    public long Runs { get; init; }
    public string Models { get; init; } = "";
    public string Endpoints { get; init; } = "";
    public int Ready { get; init; }
    public string? FirstEndpoint { get; init; }
}

/// <summary>One thing that people come to do.</summary>
internal sealed record HomeStep(string Title, string Text, string Icon, string Href, string? There, string Next, string NextHref);

/// <summary>The steps of the journey, each with what is there and what to do next.</summary>
internal static class HomeSteps
{
    public static IReadOnlyList<HomeStep> For(Me me, HomeFigures f)
    {
        var steps = new List<HomeStep>();
        if (me.HasRoom("Catalog"))
            steps.Add(new("Get data", "Find datasets, look into them, query them with SQL, or bring your own.", Icons.Material.Outlined.TableChart, "datasets",
                There(f.Datasets, "dataset"), f.Datasets.Length == 0 ? "Upload a file" : "Browse datasets", "datasets"));
        if (me.HasRoom("Features"))
            steps.Add(new("Develop", "Share features that are right at every point in time, for training and for serving.", Icons.Material.Outlined.DataArray, "features",
                There(f.Features, "feature view"), f.Features.Length == 0 ? "Add features" : "Browse features", "features"));
        if (me.HasRoom("Experiments"))
            steps.Add(new("Train", "Keep every run with its params, metrics and artifacts, and compare them.", Icons.Material.Outlined.Science, "experiments",
                There(f.Experiments, "experiment") is { } there ? $"{there}, {Formats.Count(f.Runs)} {(f.Runs == 1 ? "run" : "runs")}" : null, f.Experiments.Length == 0 ? "Start training" : "Compare runs", "experiments"));
        if (me.HasRoom("Registry"))
            steps.Add(new("Deploy", "Register a model, let its gate test it, move production to it, and give it a URL.", Icons.Material.Outlined.RocketLaunch, "models",
                There(f.Models, "model"), f.Models.Length == 0 ? "Register a model" : "Browse models", "models"));
        if (me.HasRoom("Serving"))
            steps.Add(new("Watch", "See who asks, what comes back and how fast, and whether the world has drifted.", Icons.Material.Outlined.Insights, "endpoints",
                There(f.Endpoints, "endpoint") is { } live ? $"{live}, {f.Ready} ready" : null, f.FirstEndpoint is null ? "Deploy something" : "Watch the latest",
                f.FirstEndpoint is { } id ? $"endpoints/{Uri.EscapeDataString(id)}" : "endpoints/new"));
        return steps;
    }

    private static string? There(string figure, string word) => figure.Length == 0 ? null : $"{figure} {word}{(figure == "1" ? "" : "s")}";
}
