namespace Dowel.Web.Pages.Experiments;

/// <summary>How runs are logged from outside.</summary>
internal static class RunSnippets
{
    public static IReadOnlyList<Snippet> For(string server, string experiment, bool create)
    {
        var make = create ? $$"""
            curl -X POST {{server}}/api/v1/experiments -H "Authorization: Bearer $DOWEL_TOKEN" --json {{Code.Shell($"{{\"name\": {Code.Json(experiment)}}}")}}

            """ : "";
        return
        [
            new("C#", $$"""
                using var dowel = DowelClient.Connect(new Uri("{{server}}"), token);
                {{(create ? $"await dowel.Experiments.CreateAsync(new CreateExperiment {{ Name = {Code.CSharp(experiment)} }});\n" : "")}}var run = await dowel.Runs.CreateAsync({{Code.CSharp(experiment)}}, new CreateRun { Name = "first try" });
                await dowel.Runs.LogMetricAsync(run.Id, "auc", 0.87);
                await dowel.Runs.UpdateAsync(run.Id, new PatchRun { Status = RunStatus.Finished });
                """),
            new("curl", make + $$"""
                curl -X POST {{server}}/api/v1/experiments/{{Uri.EscapeDataString(experiment)}}/runs -H "Authorization: Bearer $DOWEL_TOKEN" --json '{"name": "first try"}'
                curl -X POST {{server}}/api/v1/runs/RUN_ID/log -H "Authorization: Bearer $DOWEL_TOKEN" --json '{"metrics": [{"key": "auc", "value": 0.87}]}'
                """),
        ];
    }
}
