using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Registry.Tests;

public sealed class AliasTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task An_alias_moves_past_the_gate_and_every_move_is_kept(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync();
        for (var i = 0; i < 2; i++) await ada.NewVersionAsync(model);
        await ada.Models.SetAliasAsync(model.Id, "production", 1, "the first");
        await ada.Models.SetAliasAsync(model.Id, "production", 2, "better");
        await ada.Models.SetAliasAsync(model.Id, "production", 2, "again, which moves nothing");
        await ada.Models.SetAliasAsync(model.Id, "champion", 1);
        Assert.Equal(2, (await ada.Models.GetVersionAsync(model.Id, "production")).Version);
        var read = await ada.Models.GetAsync(model.Id);
        Assert.Equal([("champion", 1), ("production", 2)], read.Aliases.Select(a => (a.Key, a.Value)));
        Assert.True((await ada.Models.GetVersionAsync(model.Id, "2")).Gate!.Passed);
        Assert.Equal(["champion"], (await ada.Models.GetVersionAsync(model.Id, "1")).Aliases);
        await ada.Models.DeleteAliasAsync(model.Id, "production");
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Models.DeleteAliasAsync(model.Id, "production"));
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Models.GetVersionAsync(model.Id, "production"));

        Assert.Equal([("production", "2", null, ""), ("champion", null, "1", ""), ("production", "1", "2", "better"), ("production", null, "1", "the first")],
            (await ada.MovesAsync(model.Id)).Select(m => (m.Subject, m.From, m.To, m.Reason)));
        Assert.All(await ada.MovesAsync(model.Id), m => Assert.Equal("ada", m.By));
        Assert.Equal(4, (await host.AuditOfAsync(model.Id)).Count(r => r is { Action: "model.alias", Outcome: "ok" }));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_version_that_fails_the_gate_is_refused_with_the_reasons(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync(new ValidationGate { Metrics = [new MetricBound("accuracy", 0.75)] });
        await ada.NewVersionAsync(model, "good", ("accuracy", 0.8));
        await ada.NewVersionAsync(model, "nan", ("accuracy", 0.5));
        await ada.Models.SetAliasAsync(model.Id, "production", 1);
        // Case is no way around, and neither is another alias that is not protected a way in.
        foreach (var alias in new[] { "production", "Production" })
        {
            var refused = await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => ada.Models.SetAliasAsync(model.Id, alias, 2, "please"));
            Assert.Equal([("metric accuracy", "0.5", "at least 0.75")], refused.Fields.Take(1).Select(f => (f.Field, f.Given, f.Expected)));
            Assert.Equal("input example", refused.Fields[1].Field);
            Assert.Contains("NaN", refused.Fields[1].Given);
        }
        Assert.Equal(1, (await ada.Models.GetVersionAsync(model.Id, "production")).Version);
        Assert.False((await ada.Models.GetVersionAsync(model.Id, "2")).Gate!.Passed);
        Assert.Single(await ada.MovesAsync(model.Id));
        var denied = (await host.AuditOfAsync(model.Id)).Where(r => r is { Action: "model.alias", Outcome: "denied" }).ToList();
        Assert.Equal(2, denied.Count);
        Assert.Contains("metric accuracy", denied[0].After);
        await ada.Models.SetAliasAsync(model.Id, "challenger", 2);

        // Whoever deploys it learns of it.
        var source = host.Services.GetRequiredService<IModelSource>();
        Assert.Empty((await source.ResolveAsync(Actor.System, model.Id, "1", default)).Value.Refused);
        Assert.Equal(["metric accuracy", "input example"], (await source.ResolveAsync(Actor.System, model.Id, "2", default)).Value.Refused.Select(c => c.Name));
    }

    [Theory, InlineData("7"), InlineData("-7"), InlineData("v7"), InlineData("V1"), InlineData("latest"), InlineData("Latest"), InlineData("a b"), InlineData("a.b"), InlineData("é"), InlineData("a%2Fb"), InlineData("-")]
    public async Task Refuses_alias_names_that_could_be_something_else(string alias)
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync();
        await ada.NewVersionAsync(model);
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.SetAliasAsync(model.Id, alias, 1));
    }

    [Fact]
    public async Task An_alias_needs_a_version_that_there_is()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync();
        var other = await ada.NewModelAsync();
        await ada.NewVersionAsync(other);
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Models.SetAliasAsync(model.Id, "production", 1));
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Models.SetAliasAsync(model.Id, "production", 0));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.SetAliasAsync(other.Id, "production", 1, "no\0"));
        Assert.Empty((await ada.Models.GetAsync(model.Id)).Aliases);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Moves_at_once_line_up_into_one_history(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var model = await ada.NewModelAsync(new ValidationGate { ProtectedAliases = ["blue"], RequireSignature = false, RequireInputExample = false });
        var run = await ada.NewRunAsync();
        for (var i = 0; i < 6; i++) await ada.Models.CreateVersionAsync(model.Id, Helpers.Spec(run.Id));
        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => ada.Models.SetAliasAsync(model.Id, i % 2 == 0 ? "blue" : "green", (i % 6) + 1)));
        var read = await ada.Models.GetAsync(model.Id);
        foreach (var alias in new[] { "blue", "green" })
        {
            var moves = (await ada.MovesAsync(model.Id)).Where(m => m.Subject == alias).Reverse().ToList();
            Assert.Null(moves[0].From);
            for (var i = 1; i < moves.Count; i++) Assert.Equal(moves[i - 1].To, moves[i].From);
            Assert.Equal($"{read.Aliases[alias]}", moves[^1].To);
        }
    }

    [Fact]
    public async Task A_rename_during_a_long_gate_stays()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync(new ValidationGate { LatencyBudgetMs = 1000 });
        await ada.NewVersionAsync(model, "slow");
        var moving = ada.Models.SetAliasAsync(model.Id, "production", 1);
        await Task.Delay(100);
        await ada.Models.UpdateAsync(model.Id, new ResourcePatch { Name = model.Name + "-renamed" });
        await moving;
        var read = await ada.Models.GetAsync(model.Id);
        Assert.Equal(model.Name + "-renamed", read.Name);
        Assert.Equal(1, read.Aliases["production"]);
    }

    [Fact]
    public async Task A_gate_that_changes_during_a_move_is_asked_again()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync(new ValidationGate { LatencyBudgetMs = 1000 });
        await ada.NewVersionAsync(model, "slow");
        var moving = ada.Models.SetAliasAsync(model.Id, "production", 1);
        await Task.Delay(100);
        await ada.Models.SetGateAsync(model.Id, new ValidationGate { Metrics = [new MetricBound("auc", 0.9)] });
        Assert.Equal("metric auc", (await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => moving)).Fields[0].Field);
    }
}
