namespace Dowel.Web.Pages.Experiments;

/// <summary>How runs are logged from outside.</summary>
internal static class RunSnippets
{
    /// <summary>Into an experiment that is there.</summary>
    public static IReadOnlyList<Snippet> For(string server, Experiment experiment) =>
    [
        new("Python", Python(server, $"mlflow.set_experiment(experiment_id={Code.Json(experiment.Id)})")),
        new("Shell", Shell(server, $"--experiment-id {Code.Shell(experiment.Id)}")),
        new("C#", CSharp(server, experiment.Id, "")),
        new("curl", Curl(server, experiment.Id)),
    ];

    /// <summary>Into an experiment that is made by it.</summary>
    public static IReadOnlyList<Snippet> ForNew(string server, string name) =>
    [
        new("Python", Python(server, $"mlflow.set_experiment({Code.Json(name)})")),
        new("Shell", Shell(server, $"--experiment-name {Code.Shell(name)}")),
        new("C#", CSharp(server, name, $"await dowel.Experiments.CreateAsync(new CreateExperiment {{ Name = {Code.CSharp(name)} }});\n")),
        new("curl", $$"""
            curl -X POST {{server}}/api/v1/experiments -H "Authorization: Bearer $DOWEL_TOKEN" --json {{Code.Shell($"{{\"name\": {Code.Json(name)}}}")}}

            """ + Curl(server, name)),
    ];

    private static string Python(string server, string experiment) => $$"""
        # pip install mlflow
        import os, mlflow
        os.environ["MLFLOW_TRACKING_URI"] = "{{server}}"
        os.environ["MLFLOW_TRACKING_TOKEN"] = "YOUR_TOKEN"

        {{experiment}}
        with mlflow.start_run():
            mlflow.log_param("max_depth", 6)
            mlflow.log_metric("val_auc", 0.87)
        """;

    private static string Shell(string server, string experiment) => $$"""
        export MLFLOW_TRACKING_URI={{server}}
        export MLFLOW_TRACKING_TOKEN=YOUR_TOKEN
        mlflow runs list {{experiment}}
        """;

    private static string CSharp(string server, string experiment, string make) => $$"""
        using var dowel = DowelClient.Connect(new Uri("{{server}}"), token);
        {{make}}var run = await dowel.Runs.CreateAsync({{Code.CSharp(experiment)}}, new CreateRun { Name = "first try" });
        await dowel.Runs.LogMetricAsync(run.Id, "auc", 0.87);
        await dowel.Runs.UpdateAsync(run.Id, new PatchRun { Status = RunStatus.Finished });
        """;

    private static string Curl(string server, string experiment) => $$"""
        curl -X POST {{server}}/api/v1/experiments/{{Uri.EscapeDataString(experiment)}}/runs -H "Authorization: Bearer $DOWEL_TOKEN" --json '{"name": "first try"}'
        curl -X POST {{server}}/api/v1/runs/RUN_ID/log -H "Authorization: Bearer $DOWEL_TOKEN" --json '{"metrics": [{"key": "auc", "value": 0.87}]}'
        """;
}
