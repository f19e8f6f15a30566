using System.Net.Http.Headers;

namespace Dowel.Server.Tests;

public partial class AccessTableTests
{
    // A message whose name is the endpoint's: the field's number where it is not 1.
    private static readonly Dictionary<string, byte> NameFields = new() { ["RepositoryModelLoad"] = 2, ["RepositoryModelUnload"] = 2 };

    private static bool IsGrpc(string pattern) => pattern.StartsWith("/inference.", StringComparison.Ordinal) || pattern.StartsWith("/grpc.", StringComparison.Ordinal);

    /// <summary>Calls by gRPC, by hand, and reads the status that ends the answer.</summary>
    private async Task<string> AskGrpcAsync(string pattern, string person)
    {
        byte[] message = pattern.StartsWith("/inference.", StringComparison.Ordinal) && (pattern.Contains("Model", StringComparison.Ordinal) || pattern.Contains("Repository", StringComparison.Ordinal)) && !pattern.EndsWith("Index", StringComparison.Ordinal)
            ? [(byte)((NameFields.GetValueOrDefault(pattern.Split('/')[^1], (byte)1) << 3) | 2), 2, (byte)'e', (byte)'p'] : [];
        using var http = new HttpClient { BaseAddress = server.GrpcAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, pattern) { Version = new(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent([0, 0, 0, 0, (byte)message.Length, .. message]) };
        request.Content.Headers.ContentType = new("application/grpc");
        if (server.TokenOf(person) is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var status = response.Headers.TryGetValues("grpc-status", out var early) ? early.Single() : null;
        // A watch of the health does not end by itself.
        if (status is null && pattern.EndsWith("/Watch", StringComparison.Ordinal)) return "ok";
        if (status is null)
        {
            var body = await response.Content.ReadAsStringAsync();
            // A stream goes on after a request that was refused, so the refusal stands in its answer.
            if (pattern.EndsWith("/ModelStreamInfer", StringComparison.Ordinal) && body.Contains("You may not", StringComparison.Ordinal)) return "403";
            status = response.TrailingHeaders.GetValues("grpc-status").Single();
        }
        Assert.True(status is not ("2" or "12" or "13"), $"{pattern} as {person}: {status}");
        if (pattern.EndsWith("/RepositoryModelUnload", StringComparison.Ordinal)) await RestartEndpointAsync();
        return status switch { "16" => "401", "7" => "403", _ => "ok" };
    }

    /// <summary>Starts again what the row before may have stopped.</summary>
    private async Task RestartEndpointAsync()
    {
        using var owner = server.Connect("owner");
        await owner.Endpoints.UpdateAsync("ep", new Contracts.PatchEndpoint { Stopped = false });
        await owner.Endpoints.WaitUntilReadyAsync("ep");
    }
}
