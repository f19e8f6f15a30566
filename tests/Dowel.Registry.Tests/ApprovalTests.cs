using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Registry.Tests;

public sealed class ApprovalTests(Hosts hosts) : IClassFixture<Hosts>
{
    private static readonly ValidationGate Rule = new() { RequireSignature = false, RequireInputExample = false, Approvals = new ApprovalRule() };
    private static readonly SetApproval Yes = new("production", true, "looks good");

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_protected_alias_waits_for_somebody_else_to_approve(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        using var carl = host.Connect("carl");
        var model = await ada.NewModelAsync(Rule);
        await carl.NewVersionAsync(model);
        var refused = await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => carl.Models.SetAliasAsync(model.Id, "production", 1));
        Assert.Equal(("approvals", "none", "1 by owners of the project, not by who registered the version"), (refused.Fields[0].Field, refused.Fields[0].Given, refused.Fields[0].Expected));
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => carl.Models.ApproveAsync(model.Id, "1", Yes));
        var given = await ada.Models.ApproveAsync(model.Id, "1", new SetApproval("Production", true, "looks good"));
        Assert.Equal(("production", true, true, "ada", "looks good"), (given.Alias, given.Approved, given.Counts, given.By, given.Comment));
        // Validation alone asks nobody; the move does.
        Assert.True((await carl.Models.ValidateAsync(model.Id, "1")).Passed);
        await carl.Models.SetAliasAsync(model.Id, "PRODUCTION", 1);
        await carl.Models.SetStageAsync(model.Id, "1", new SetStage("Production"));
        Assert.Contains((await ada.Models.GetVersionAsync(model.Id, "1")).Gate!.Checks, c => c is { Name: "approvals", Passed: true, Given: "1: ada" });
        Assert.Equal(("approved", "looks good"), (await ada.Models.HistoryAsync(model.Id, new HistoryQuery { Kind = ModelChangeKind.Approval })).Items.Select(c => (c.To, c.Reason)).Single());
        var audit = await host.AuditOfAsync(model.Id);
        Assert.Contains(audit, r => r is { Action: "model.approve", Outcome: "ok", Actor: "ada" });
        for (var i = 0; i < 50 && !audit.Any(r => r is { Action: "model.approve", Outcome: "denied" }); i++)
        {
            await Task.Delay(100);
            audit = await host.AuditOfAsync(model.Id);
        }
        Assert.Contains(audit, r => r is { Action: "model.approve", Outcome: "denied", Actor: "carl" });
    }

    [Fact]
    public async Task A_changed_gate_takes_the_approvals_back()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        using var carl = (await hosts.OnAsync(Engine.Sqlite)).Connect("carl");
        var model = await ada.NewModelAsync(Rule);
        await carl.NewVersionAsync(model);
        await ada.Models.ApproveAsync(model.Id, "1", Yes);
        await ada.Models.SetGateAsync(model.Id, Rule);
        Assert.True((await ada.Models.ApprovalsAsync(model.Id, "1")).Single().Counts);
        await ada.Models.SetGateAsync(model.Id, Rule with { ProtectedAliases = ["production", "canary"] });
        Assert.False((await ada.Models.ApprovalsAsync(model.Id, "1")).Single().Counts);
        await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => carl.Models.SetAliasAsync(model.Id, "production", 1));
        await ada.Models.ApproveAsync(model.Id, "1", Yes);
        await carl.Models.SetAliasAsync(model.Id, "production", 1);
        // For one alias only, and for one version only.
        await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => carl.Models.SetAliasAsync(model.Id, "canary", 1));
        await carl.NewVersionAsync(model);
        await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => carl.Models.SetAliasAsync(model.Id, "production", 2));
    }

    [Fact]
    public async Task A_rejection_holds_until_it_is_taken_back()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        using var carl = (await hosts.OnAsync(Engine.Sqlite)).Connect("carl");
        using var vera = (await hosts.OnAsync(Engine.Sqlite)).Connect("vera");
        var model = await ada.NewModelAsync(Rule with { Approvals = new ApprovalRule { Count = 1, By = ["ada", "vera"] } });
        await carl.NewVersionAsync(model);
        await ada.Models.ApproveAsync(model.Id, "1", Yes);
        // Named people need no more than to see it.
        await vera.Models.ApproveAsync(model.Id, "1", new SetApproval("production", false, "worse for children"));
        Assert.Equal("rejected by vera", (await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => carl.Models.SetAliasAsync(model.Id, "production", 1))).Fields[0].Given);
        await vera.Models.ApproveAsync(model.Id, "1", Yes);
        await carl.Models.SetAliasAsync(model.Id, "production", 1);
        Assert.Equal([("vera", true, true), ("vera", false, false), ("ada", true, true)], (await vera.Models.ApprovalsAsync(model.Id, "1")).Select(a => (a.By, a.Approved, a.Counts)));
    }

    [Fact]
    public async Task Who_registered_it_counts_only_where_the_gate_says_so_and_two_are_two()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        using var admin = host.Connect("admin");
        var model = await ada.NewModelAsync(Rule);
        await ada.NewVersionAsync(model);
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => ada.Models.ApproveAsync(model.Id, "1", Yes));
        await ada.Models.SetGateAsync(model.Id, Rule with { Approvals = new ApprovalRule { Count = 2, AllowCreator = true } });
        for (var i = 0; i < 2; i++) await ada.Models.ApproveAsync(model.Id, "1", Yes);
        Assert.Equal("1: ada", (await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => ada.Models.SetAliasAsync(model.Id, "production", 1))).Fields[0].Given);
        await admin.Models.ApproveAsync(model.Id, "1", Yes);
        await ada.Models.SetAliasAsync(model.Id, "production", 1);
    }

    [Fact]
    public async Task Approvals_are_for_what_asks_for_them()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        using var bob = host.Connect("bob");
        var model = await ada.NewModelAsync();
        await ada.NewVersionAsync(model);
        await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ada.Models.ApproveAsync(model.Id, "1", Yes));
        await ada.Models.SetGateAsync(model.Id, Rule);
        await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ada.Models.ApproveAsync(model.Id, "1", Yes with { Alias = "canary" }));
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Models.ApproveAsync(model.Id, "7", Yes));
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => bob.Models.ApproveAsync(model.Id, "1", Yes));
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => bob.Models.ApprovalsAsync(model.Id, "1"));
        Assert.Empty(await ada.Models.ApprovalsAsync(model.Id, "1"));
    }
}
