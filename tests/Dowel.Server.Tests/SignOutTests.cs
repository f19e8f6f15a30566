using System.Net;
using Dowel.Contracts;

namespace Dowel.Server.Tests;

[Collection(WholeServerCollection.Name)]
public class SignOutTests(WholeServer server)
{
    [Fact]
    public async Task A_page_that_is_left_after_signing_out_is_no_denied_attempt()
    {
        using var nobody = new HttpClient { BaseAddress = server.Address };
        using var left = await nobody.PostAsync("/_blazor/disconnect", new FormUrlEncodedContent(new Dictionary<string, string> { ["circuitId"] = "x" }));
        Assert.Equal(HttpStatusCode.BadRequest, left.StatusCode);
        // What is denied comes into the trail in its order, a moment later.
        using var denied = await nobody.PostAsync("/_blazor/negotiate", null);
        Assert.Equal(HttpStatusCode.Unauthorized, denied.StatusCode);
        using var auditor = server.Connect("auditor");
        IReadOnlyList<AuditRecord> trail = [];
        for (var i = 0; trail.Count == 0 && i < 100; i++, await Task.Delay(100))
            trail = (await auditor.Audit.ListAsync(new AuditQuery { Action = "post /_blazor" })).Items;
        Assert.All(trail, r => Assert.Equal("post /_blazor/negotiate", r.Action));
        Assert.NotEmpty(trail);
    }
}
