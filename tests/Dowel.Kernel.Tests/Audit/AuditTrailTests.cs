using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tests.Identity;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Kernel.Tests.Audit;

public sealed class AuditTrailTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Without_its_end_the_trail_does_not_verify_and_nothing_can_be_changed(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        await host.Db().WriteAsync(async s => { await s.ExecuteAsync("DELETE FROM kernel_audit_head"); return Result.Done; });
        var verified = await RoomHost.ReadAsync<AuditVerification>(await host.AdminClient.GetAsync("/api/v1/audit/verify"));
        Assert.False(verified.Ok);
        Assert.Equal("head", Assert.Single(verified.Problems).Kind);
        var problem = await RoomHost.ProblemAsync(await host.AdminClient.PostAsJsonAsync("/api/v1/projects", new CreateProject { Name = "titanic" }, DowelJson.Options), ErrorCodes.Fault);
        Assert.Contains("end of the audit trail", problem.Detail);
    }

    [Fact]
    public async Task A_refusal_that_repeats_is_recorded_at_once_and_then_counted()
    {
        var (host, time) = await IdentityTesting.StartWithTimeAsync(Engine.Sqlite);
        await using var _ = host;
        var trail = host.Services.GetRequiredService<IAuditTrail>();
        void Deny(string action) => trail.Denied(new AuditEntry { Actor = Actor.Anonymous, Action = action });
        Deny("scrape.test");
        Assert.Single(await host.DeniedAsync("scrape.test"));
        for (var i = 0; i < 5; i++) Deny("scrape.test");
        Deny("other.test");
        await host.DeniedAsync("other.test");
        Assert.Single(await host.AuditAsync("scrape.test"));
        time.Advance(AuditTrail.RepeatTime);
        Deny("third.test");
        await host.DeniedAsync("third.test");
        Assert.Equal(["{\"times\":5}", null], (await host.AuditAsync("scrape.test")).Select(r => r.After?.ToString()));
    }

    [Fact]
    public async Task Denied_attempts_that_are_too_many_are_counted()
    {
        await using var host = await RoomHost.StartAsync();
        var trail = host.Services.GetRequiredService<IAuditTrail>();
        for (var i = 0; i < AuditTrail.DeniedAtOnce + 50_000; i++) trail.Denied(new AuditEntry { Actor = Actor.Anonymous, Action = "flood.test" });
        var overflow = Assert.Single(await host.DeniedAsync("audit.overflow"));
        Assert.Matches(@"^\{""times"":\d+\}$", overflow.After?.ToString());
        Assert.NotEmpty(await host.AuditAsync("flood.test"));
    }
}
