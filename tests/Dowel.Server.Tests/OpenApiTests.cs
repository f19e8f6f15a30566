using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dowel.Server.Tests;

/// <summary>The API's description is committed: whoever changes the API sees it in the diff.</summary>
[Collection(WholeServerCollection.Name)]
public class OpenApiTests(WholeServer server)
{
    [Fact]
    public async Task The_description_is_the_committed_one()
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        var served = JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json"))!.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
        var committed = Path.Combine(Path.GetDirectoryName(File())!, "..", "..", "docs", "reference", "openapi.json");
        if (System.IO.File.Exists(committed) && await System.IO.File.ReadAllTextAsync(committed) == served) return;
        var actual = Path.Combine(AppContext.BaseDirectory, "openapi.json");
        await System.IO.File.WriteAllTextAsync(actual, served);
        Assert.Fail($"The API differs from docs/reference/openapi.json; as it is now it stands in {actual}. If the change is meant, copy it there.");
    }

    [Fact]
    public async Task Every_operation_has_an_id_a_summary_and_a_tag()
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        using var document = JsonDocument.Parse(await http.GetStringAsync("/openapi/v1.json"));
        var ids = new HashSet<string>();
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
            foreach (var operation in path.Value.EnumerateObject())
            {
                var at = $"{operation.Name} {path.Name}";
                Assert.True(operation.Value.TryGetProperty("operationId", out var id), $"{at} has no operationId");
                Assert.True(ids.Add(id.GetString()!), $"{at}: the operationId {id} is taken");
                Assert.True(operation.Value.TryGetProperty("summary", out _), $"{at} has no summary");
                Assert.True(operation.Value.TryGetProperty("tags", out _), $"{at} has no tag");
            }
        Assert.True(ids.Count > 60, $"only {ids.Count} operations");
    }

    private static string File([CallerFilePath] string file = "") => file;
}
