using System.Text.RegularExpressions;

namespace Dowel.Server.Tests;

/// <summary>What a browser may run in the pages: the server's own scripts, and nothing in line.</summary>
[Collection(WholeServerCollection.Name)]
public partial class ContentPolicyTests(WholeServer server)
{
    private const string Rest = "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    [InlineData("/datasets")]
    [InlineData("/no-such-page")]
    public async Task Pages_run_scripts_of_the_server_alone(string path)
    {
        var (policy, html) = await GetAsync(path);
        Assert.Equal($"default-src 'self'; script-src 'self'; {Rest}", policy);
        Assert.DoesNotMatch(@"<script(?![^>]*\ssrc=)|<[^>]+\son[a-z]+=|javascript:", html);
    }

    [Fact]
    public async Task The_api_reference_runs_its_inline_script_by_a_nonce_of_the_request()
    {
        var (policy, html) = await GetAsync("/docs/");
        var nonce = Nonce().Match(policy).Groups[1].Value;
        Assert.Equal($"default-src 'self'; script-src 'self' 'nonce-{nonce}'; {Rest}", policy);
        Assert.All(Regex.Matches(html, "<script[^>]*>").Select(m => m.Value), tag => Assert.Contains($"nonce=\"{nonce}\"", tag));
        Assert.NotEqual(nonce, Nonce().Match((await GetAsync("/docs/")).Policy).Groups[1].Value);
    }

    private async Task<(string Policy, string Html)> GetAsync(string path)
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Add("Accept", "text/html");
        http.DefaultRequestHeaders.Add("Cookie", server.CookieOf("owner"));
        using var response = await http.GetAsync(path);
        return (string.Join(" + ", response.Headers.GetValues("Content-Security-Policy")), await response.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();
}
