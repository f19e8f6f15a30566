using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Dowel.Server.Tests;

/// <summary>MLflow's clients send searches of models as GET, with the filter in the address.</summary>
[Collection(WholeServerCollection.Name)]
public class LongAddressTests(WholeServer server)
{
    public static TheoryData<string> Searches => ["registered-models/search", "model-versions/search"];

    [Theory]
    [MemberData(nameof(Searches))]
    public async Task A_long_filter_in_the_address_is_read_to_its_end(string call)
    {
        var filter = string.Join(" AND ", Enumerable.Range(0, 90).Select(i => $"name != '{i}-{new string('x', 550)}'"));
        var (status, body) = await SearchAsync(call, filter);
        Assert.True(status == HttpStatusCode.OK, body);
        // A model that was made with the server; a version only other tests make.
        if (call == "registered-models/search") Assert.Contains("\"m\"", body, StringComparison.Ordinal);
        (status, body) = await SearchAsync(call, $"{filter} AND oops");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("INVALID_PARAMETER_VALUE", JsonDocument.Parse(body).RootElement.GetProperty("error_code").GetString());
    }

    [Theory]
    [MemberData(nameof(Searches))]
    public async Task An_exploding_filter_in_the_address_is_refused_by_the_grammar(string call)
    {
        var (status, body) = await SearchAsync(call, string.Join(" AND ", Enumerable.Repeat("name LIKE '%a%'", 101)));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("at most 100 comparisons", body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Searches))]
    public async Task A_longer_address_is_refused_and_the_server_goes_on(string call)
    {
        var (status, _) = await SearchAsync(call, $"name = '{new string('a', DowelServer.MaxRequestLine)}'");
        Assert.Equal(HttpStatusCode.RequestUriTooLong, status);
        (status, _) = await SearchAsync(call, "name = 'm'");
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task Headers_are_no_longer_than_before()
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        request.Headers.TryAddWithoutValidation("X-Long", new string('a', 33 << 10));
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, response.StatusCode);
    }

    private async Task<(HttpStatusCode Status, string Body)> SearchAsync(string call, string filter)
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.TokenOf("owner"));
        // As requests encodes it: a space is '+'.
        using var response = await http.GetAsync($"/api/2.0/mlflow/{call}?filter={WebUtility.UrlEncode(filter)}&max_results=100");
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
