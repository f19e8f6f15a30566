using System.Net;
using System.Text;
using Dowel.Contracts;
using Grpc.Core;
using GrpcClient = Dowel.Protocols.Inference.OpenInference.Grpc.Wire.GRPCInferenceService.GRPCInferenceServiceClient;

namespace Dowel.Protocols.Inference.Tests;

/// <summary>Callers without a token, where the server answers predictions without sign-in.</summary>
public class GuestTests
{
    private const string Infer = """{"inputs": [{"name": "a", "shape": [1], "datatype": "FP64", "data": [1]}, {"name": "b", "shape": [1], "datatype": "FP64", "data": [2]}]}""";
    private static readonly Dictionary<string, string?> Settings = new() { ["Dowel:AnonymousPredictions"] = "true", ["Serving:RootEndpoint"] = "pair" };

    private static readonly (string Path, string Body)[] Calls =
    [
        ("/v2/models/pair/infer", Infer),
        ("/v2/models/pair/versions/1/infer", Infer),
        ("/serving-endpoints/pair/invocations", """{"inputs": {"a": [1], "b": [2]}}"""),
        ("/invocations", """{"inputs": {"a": [1], "b": [2]}}"""),
        ("/seldon/alice/pair/api/v1.0/predictions", """{"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}"""),
        ("/api/v1.0/predictions", """{"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}"""),
    ];

    private static async Task<EchoHost> StartAsync(Visibility visibility, IReadOnlyDictionary<string, string?>? settings)
    {
        var echo = await EchoHost.StartAsync(settings);
        await echo.CreateAsync("pair", "pair");
        using var alice = echo.Host.Connect("alice");
        await alice.Resources.ShareAsync((await alice.Endpoints.GetAsync("pair")).Id, new Sharing { Visibility = visibility });
        return echo;
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(HttpClient http, string path, string body)
    {
        using var answer = await http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Guests_ask_public_endpoints_over_every_protocol_and_nothing_else()
    {
        await using var echo = await StartAsync(Visibility.Public, Settings);
        using var http = new HttpClient { BaseAddress = echo.Host.Address };
        foreach (var (path, body) in Calls)
        {
            var (status, text) = await PostAsync(http, path, body);
            Assert.True(status == HttpStatusCode.OK, $"{path}: {text}");
        }
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v2")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v2/models/pair/ready")).StatusCode);
        Assert.Equal(Calls.Length, echo.Log.Records.Count);
        var (_, index) = await PostAsync(http, "/v2/repository/index", "{}");
        Assert.Contains("\"pair\"", index);
        Assert.DoesNotContain("echo", index);
        // What alice keeps to herself, and all that is no prediction.
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(http, "/v2/models/echo/infer", Infer)).Status);
        foreach (var path in new[] { "/api/v1/endpoints", "/api/v1/endpoints/pair", "/api/v1/me" }) Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(path)).StatusCode);
        foreach (var path in new[] { "/v2/repository/models/pair/unload", "/raw/pair/x", "/api/v1/endpoints" }) Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(http, path, "{}")).Status);
        // A wrong token is not a guest's.
        http.DefaultRequestHeaders.Add("Authorization", "Bearer wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(http, "/v2/models/pair/infer", Infer)).Status);
    }

    [Fact]
    public async Task Guests_call_over_grpc()
    {
        await using var echo = await StartAsync(Visibility.Public, Settings);
        using var nobody = echo.Channel(null);
        var client = new GrpcClient(nobody);
        Assert.True((await client.ModelReadyAsync(new() { Name = "pair" })).Ready);
        Assert.Equal("dowel", (await client.ServerMetadataAsync(new())).Name);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.ModelMetadataAsync(new() { Name = "echo" }));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        refused = await Assert.ThrowsAsync<RpcException>(async () => await client.RepositoryModelUnloadAsync(new() { ModelName = "pair" }));
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
    }

    [Fact]
    public async Task Without_the_setting_there_are_no_guests_and_no_addresses_without_a_name()
    {
        await using var echo = await StartAsync(Visibility.Public, null);
        using var http = new HttpClient { BaseAddress = echo.Host.Address };
        foreach (var (path, body) in Calls)
            Assert.Equal(path is "/invocations" or "/api/v1.0/predictions" ? HttpStatusCode.NotFound : HttpStatusCode.Unauthorized, (await PostAsync(http, path, body)).Status);
    }

    [Fact]
    public async Task A_server_for_one_endpoint_is_ready_when_that_is()
    {
        await using var echo = await EchoHost.StartAsync(Settings);
        using var http = new HttpClient { BaseAddress = echo.Host.Address };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/v2/health/ready")).StatusCode);
        await echo.CreateAsync("pair", "pair");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v2/health/ready")).StatusCode);
        // Not public, so only for those who are signed in.
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(http, "/api/v1.0/predictions", Calls[^1].Body)).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(echo.Alice, "/api/v1.0/predictions", Calls[^1].Body)).Status);
    }
}
