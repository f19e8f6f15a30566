using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Server.Tests;

/// <summary>
/// Asks every route of the server as everybody there is, and compares with the written table in access-table.md. A new route fails this test until its line stands there,
/// and a route without a rule fails it always. After a change that is meant: look at the new table that the failure names, then copy it over the old one.
/// </summary>
[Collection(WholeServerCollection.Name)]
public partial class AccessTableTests(WholeServer server)
{
    // Bodies that get as far as the check inside, where the route's rule says that the service checks.
    private static readonly Dictionary<string, Func<string>> Bodies = new()
    {
        ["POST /api/v1/datasets"] = () => $$"""{"project":"p","name":"{{Guid.NewGuid():n}}"}""",
        ["POST /api/v1/experiments"] = () => $$"""{"project":"p","name":"{{Guid.NewGuid():n}}"}""",
        ["POST /api/v1/models"] = () => $$"""{"project":"p","name":"{{Guid.NewGuid():n}}"}""",
        ["POST /api/v1/feature-views"] = () => $$$"""{"project":"p","name":"{{{Guid.NewGuid():n}}}","entity":{"name":"id","type":"int64"},"features":[{"name":"x"}]}""",
        ["POST /api/v1/endpoints"] = () => $$$"""{"project":"p","name":"e{{{Guid.NewGuid():n}}}","deployment":{"model":"p.m","version":1}}""",
        ["POST /api/v1/projects"] = () => $$"""{"name":"x{{Guid.NewGuid():n}}"}""",
        ["POST /api/v1/users"] = () => $$"""{"name":"u{{Guid.NewGuid():n}}"}""",
        ["POST /api/v1/tokens"] = () => """{"name":"t"}""",
        ["POST /api/v1/query"] = () => """{"sql":"SELECT 1"}""",
        ["POST /api/v1/features/online"] = () => """{"features":["p.v"],"entities":{"id":[1]}}""",
        ["POST /api/v1/features/historical"] = () => """{"features":["p.v"],"entityRows":{"columns":[{"name":"id","type":"int64"},{"name":"event_timestamp","type":"timestamp"}],"rows":[[1,"2026-01-01T00:00:00Z"]]}}""",
        ["PUT /api/v1/projects/{project}/members/{user}"] = () => """{"role":"viewer"}""",
        ["PUT /api/v1/resources/{resource}/sharing"] = () => """{"visibility":"private","people":[]}""",
        ["POST /v2/models/{endpoint}/infer"] = () => """{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[1]}]}""",
        ["POST /v2/models/{endpoint}/versions/{version}/infer"] = () => """{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[1]}]}""",
    };

    // Routes that would change what later rows ask for: they get a name that is not there.
    private static readonly Dictionary<string, (string Parameter, string Value)> Elsewhere = new()
    {
        ["DELETE /api/v1/projects/{project}/members/{user}"] = ("user", "nobody"),
        ["DELETE /api/v1/models/{model}/versions/{version}"] = ("version", "99"),
    };

    [Fact]
    public async Task Every_route_answers_everybody_as_the_written_table_says()
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (method, endpoint) in Routes())
        {
            var rule = endpoint.Metadata.GetMetadata<AccessRule>();
            Assert.True(rule is not null, $"{method} {endpoint.RoutePattern.RawText} has no access rule");
            var pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/');
            if (endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null)
            {
                lines.Add($"| GET | (scripts and styles) | {rule.Description} | | | | | | | |");
                continue;
            }
            var outcomes = new List<string>();
            foreach (var person in WholeServer.People) outcomes.Add(IsGrpc(pattern) ? await AskGrpcAsync(pattern, person) : await AskAsync(method, pattern, person, rule.Kind == AccessRuleKind.Page));
            lines.Add($"| {method} | `{pattern}` | {rule.Description} | {string.Join(" | ", outcomes)} |");
        }
        var table = $"""
            # Who may call what

            Every route of the server, its rule, and how it answers each kind of person: `ok` (the rule let them in; the request itself may still have been wrong), 401, 403, or the
            sign-in page; of MLflow's calls also 404, where a name is not there for who may not see it, or there is no such call; of gRPC's calls 401 and 403 stand for UNAUTHENTICATED and PERMISSION_DENIED. All things belong to the project of which `viewer`, `contributor` and `owner` are members; `auditor` and `admin` are platform roles.

            | method | route | rule | {string.Join(" | ", WholeServer.People)} |
            | --- | --- | --- | {string.Join(" | ", WholeServer.People.Select(_ => "---"))} |
            {string.Join("\n", lines)}

            """;
        var written = Path.Combine(Folder(), "access-table.md");
        var expected = File.Exists(written) ? await File.ReadAllTextAsync(written) : "";
        if (table == expected) return;
        var actual = Path.Combine(AppContext.BaseDirectory, "access-table.md");
        await File.WriteAllTextAsync(actual, table);
        var old = expected.Split('\n');
        Assert.Fail($"The routes do not answer as {written} says. What they answer now stands in {actual}.\n"
            + string.Join("\n", lines.Except(old).Select(l => $"now:     {l}").Concat(old.Where(l => l.StartsWith('|')).Except(lines).Select(l => $"written: {l}"))));
    }

    private IEnumerable<(string Method, RouteEndpoint Endpoint)> Routes()
    {
        foreach (var endpoint in server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                if (method is not ("HEAD" or "OPTIONS" or "CONNECT")) yield return (method, endpoint);
    }

    private async Task<string> AskAsync(string method, string pattern, string person, bool isPage)
    {
        var key = $"{method} {pattern}";
        var path = Parameter().Replace(pattern, m =>
        {
            var name = m.Groups[1].Value.TrimStart('*').Split(':')[0].TrimEnd('?');
            return Elsewhere.TryGetValue(key, out var other) && other.Parameter == name ? other.Value : server.Things.GetValueOrDefault(name, "nothing");
        });
        var mlflow = IsMlflow(pattern) ? await MlflowThings.MakeAsync(server) : null;
        if (mlflow is not null) path = mlflow.PathOf(method, pattern);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.Address };
        var token = server.TokenOf(person);
        // A run that is deleted or a session that ends must not be the one that the next row needs.
        if (key == "DELETE /api/v1/runs/{run}")
        {
            using var owner = server.Connect("owner");
            path = path.Replace(server.Things["run"], (await owner.Runs.CreateAsync(server.Things["experiment"], new CreateRun())).Id);
        }
        if (key.EndsWith("/sign-out", StringComparison.Ordinal) && token is not null)
        {
            using var self = server.Connect(person);
            token = (await self.Identity.CreateTokenAsync(new CreateToken { Name = "to be ended" })).Secret;
        }
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        // Pages know their people by the session cookie, everything else by a token.
        if (isPage && server.CookieOf(person) is { } cookie) request.Headers.Add("Cookie", cookie);
        else if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (method is "DELETE" or "PATCH") request.Headers.TryAddWithoutValidation("If-Match", "\"999999\"");
        if (method is "POST" or "PUT" or "PATCH") request.Content = new StringContent(Bodies.TryGetValue(key, out var body) ? body() : "{}", Encoding.UTF8, "application/json");
        if (mlflow is not null && method != "GET") request.Content = new StringContent(mlflow.Message, Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var status = (int)response.StatusCode;
        Assert.True(status < 500 || status == 503, $"{key} as {person}: {status} {await response.Content.ReadAsStringAsync()}");
        if (pattern.EndsWith("/unload", StringComparison.Ordinal)) await RestartEndpointAsync();
        return status switch
        {
            401 or 403 => $"{status}",
            // By a name, what one may not see is not there.
            404 when mlflow is not null => "404",
            302 when response.Headers.Location!.OriginalString.StartsWith("/sign-in", StringComparison.Ordinal) => "sign-in",
            _ => "ok",
        };
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    [GeneratedRegex(@"\{([^{}]+)\}")]
    private static partial Regex Parameter();
}
