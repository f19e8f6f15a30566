using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Dowel.Kernel.Hosting;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Server.Tests;

[Collection(WholeServerCollection.Name)]
public class BodyLimitTests(WholeServer server)
{
    [Fact]
    public async Task Every_route_that_reads_JSON_into_memory_refuses_a_body_past_the_limit()
    {
        List<string> asked = [];
        foreach (var endpoint in server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes.Contains("application/json") != true) continue;
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
            {
                var pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/');
                var path = Regex.Replace(pattern, @"\{([^{}]+)\}", m => server.Things.GetValueOrDefault(m.Groups[1].Value.TrimStart('*').Split(':')[0].TrimEnd('?'), "nothing"));
                var status = await AskAsync(method, path);
                Assert.True(status is HttpStatusCode.RequestEntityTooLarge, $"{method} {pattern}: {(int)status}");
                asked.Add(path);
            }
        }
        Assert.True(asked.Count > 20, $"only {asked.Count} routes");
    }

    // The server refuses by the length alone; the client waits for its word before it sends.
    private async Task<HttpStatusCode> AskAsync(string method, string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) }) { BaseAddress = server.Address };
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StreamContent(Stream.Null) };
        request.Headers.ExpectContinue = true;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.TokenOf("admin"));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Content.Headers.ContentLength = new DowelOptions().MaxBodyBytes + 1;
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
