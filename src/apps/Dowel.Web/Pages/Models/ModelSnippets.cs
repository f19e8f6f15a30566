namespace Dowel.Web.Pages.Models;

/// <summary>How versions are registered from outside.</summary>
internal static class ModelSnippets
{
    public static IReadOnlyList<Snippet> Register(string server, string model) =>
    [
        new("C#", $$"""
            var version = await dowel.Models.CreateVersionAsync({{Code.CSharp(model)}}, new CreateModelVersion
            {
                RunId = run.Id,
                ArtifactPath = "model",
                Flavor = "mlnet",
                Signature = signature,
                InputExample = example,
            });
            """),
        new("curl", $$"""
            curl -X POST {{server}}/api/v1/models/{{Uri.EscapeDataString(model)}}/versions -H "Authorization: Bearer $DOWEL_TOKEN" \
              --json '{"runId": "RUN_ID", "artifactPath": "model", "flavor": "mlnet"}'
            """),
    ];

    /// <summary>How MLflow's client registers a prompt.</summary>
    public static IReadOnlyList<Snippet> RegisterPrompt(string server, string name) =>
    [
        new("Python", $$$"""
            # MLFLOW_TRACKING_URI={{{server}}}  MLFLOW_TRACKING_TOKEN=a token of yours
            import mlflow
            mlflow.genai.register_prompt(
                name={{{Code.Json(name)}}},
                template="Hello {{name}}, how can I help you with {{topic}}?",
                commit_message="the first words",
            )
            """),
    ];

    /// <summary>How MLflow's client loads a version of a prompt and fills it in.</summary>
    public static IReadOnlyList<Snippet> UsePrompt(string server, string name, int version, IReadOnlyList<string> variables)
    {
        // Python takes names with dots only from a dictionary.
        var given = variables.Select(v => v.Split('.')[0]).Distinct().Take(20).ToList();
        var values = string.Join(", ", given.Select(v => $"{Code.Json(v)}: \"…\""));
        return
        [
            new("Python", $$"""
                # MLFLOW_TRACKING_URI={{server}}  MLFLOW_TRACKING_TOKEN=a token of yours
                import mlflow
                prompt = mlflow.genai.load_prompt({{Code.Json($"prompts:/{name}/{version}")}})
                text = prompt.format({{(given.Count == 0 ? "" : $"**{{{values}}}")}})
                """),
        ];
    }
}
