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
}
