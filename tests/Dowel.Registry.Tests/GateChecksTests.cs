using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Registry.Tests;

/// <summary>The checks that look at data and at the alias's holder. The fake model doubles its input.</summary>
public sealed class GateChecksTests(Hosts hosts) : IClassFixture<Hosts>
{
    private static readonly ValidationGate Open = new() { RequireSignature = false, RequireInputExample = false };

    private static Dictionary<string, object?[]> X(params object?[] values) => new() { ["x"] = values };

    private static Dictionary<string, object?[]> Y(params object?[] values) => new() { ["y"] = values };

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Slices_golden_predictions_and_invariances_are_tried_and_kept(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var model = await ada.NewModelAsync(Open with
        {
            Slices =
            [
                new DataSlice { Name = "small", Inputs = X(1L, 2L, 3L), Expected = [2.0, 4.0, 7.0], MinAccuracy = 0.6, MaxError = 0.5 },
                new DataSlice { Name = "large", Inputs = X(10L, 20L), Output = "y", Expected = [20L, 41L], MinAccuracy = 0.6 },
                new DataSlice { Name = "far", Inputs = X(1L), Expected = [5L], MaxError = 2 },
            ],
            Golden = [new GoldenPrediction { Name = "ones", Inputs = X(1L), Outputs = Y(2.0) }, new GoldenPrediction { Name = "twos", Inputs = X(2L, 2L), Outputs = Y(4.0, 4.5) }, new GoldenPrediction { Name = "other", Inputs = X(1L), Outputs = new Dictionary<string, object?[]> { ["z"] = [1L] } }],
            Invariances = [new Invariance { Name = "noise", Inputs = X(1.0), Changed = X(1.0000001) }, new Invariance { Name = "much", Inputs = X(1.0, 3.0), Changed = X(1.0, 4.0) }],
        });
        await ada.NewVersionAsync(model);
        var result = await ada.Models.ValidateAsync(model.Id, "1");
        Assert.Equal(
            [
                ("load", true), ("slice small", true), ("slice small error", true), ("slice large", false), ("slice far error", false), ("golden ones", true), ("golden twos", false), ("golden other", false),
                ("invariance noise", true), ("invariance much", false),
            ],
            result.Checks.Select(c => (c.Name, c.Passed)));
        string Given(string name) => result.Checks.Single(c => c.Name == name).Given;
        Assert.Equal("2 of 3 right", Given("slice small"));
        Assert.Equal("a mean absolute error of 0.333333", Given("slice small error"));
        Assert.Equal("1 of 2 right", Given("slice large"));
        Assert.Equal("row 1 of 'y' is 4, not 4.5", Given("golden twos"));
        Assert.Equal("the model has no output 'z'", Given("golden other"));
        Assert.Equal("element 1 of 'y' goes from 6 to 8", Given("invariance much"));
        Assert.Equal(result.Checks, (await ada.Models.GetVersionAsync(model.Id, "1")).Gate!.Checks);
        Assert.Equal(10, (await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => ada.Models.SetAliasAsync(model.Id, "production", 1))).Fields.Count + result.Checks.Count(c => c.Passed));
    }

    [Fact]
    public async Task Rows_that_do_not_fit_the_model_fail_their_check_alone()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync(Open with
        {
            Slices = [new DataSlice { Name = "odd", Inputs = X("word"), Expected = [1L], MinAccuracy = 1 }],
            Golden = [new GoldenPrediction { Name = "unknown", Inputs = new Dictionary<string, object?[]> { ["q"] = [1L] }, Outputs = Y(2.0) }, new GoldenPrediction { Name = "fine", Inputs = X(1L), Outputs = Y("2") }],
        });
        await ada.NewVersionAsync(model);
        Assert.Equal([("load", true), ("slice odd", false), ("golden unknown", false), ("golden fine", true)], (await ada.Models.ValidateAsync(model.Id, "1")).Checks.Select(c => (c.Name, c.Passed)));
        await ada.NewVersionAsync(model, "throw");
        var failed = await ada.Models.ValidateAsync(model.Id, "2");
        Assert.Contains("the inside of the model", failed.Checks.Single(c => c.Name == "golden fine").Given);
        await ada.NewVersionAsync(model, "no model");
        Assert.All((await ada.Models.ValidateAsync(model.Id, "3")).Checks, c => Assert.False(c.Passed));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_version_must_be_no_worse_than_the_holder(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var model = await ada.NewModelAsync(Open with { Metrics = [new MetricBound("auc", Tolerance: 0.01), new MetricBound("loss", Max: 1, Tolerance: 0, LowerIsBetter: true)] });
        await ada.NewVersionAsync(model, "good", ("auc", 0.80), ("loss", 0.5));
        await ada.NewVersionAsync(model, "good", ("auc", 0.795), ("loss", 0.5));
        await ada.NewVersionAsync(model, "good", ("auc", 0.78), ("loss", 0.6));
        await ada.NewVersionAsync(model, "good", ("auc", double.NaN), ("loss", 0.1));
        await ada.Models.SetAliasAsync(model.Id, "production", 1);
        await ada.Models.SetAliasAsync(model.Id, "production", 2);
        foreach (var worse in new[] { 3, 4 })
        {
            var refused = await Helpers.RefusedAsync(ErrorCodes.GateFailed, () => ada.Models.SetAliasAsync(model.Id, "Production", worse));
            Assert.Equal(("metric auc against the holder", "at least 0.785 (version 2 has 0.795)"), (refused.Fields[0].Field, refused.Fields[0].Expected));
            Assert.Equal(worse == 3 ? 2 : 1, refused.Fields.Count);
        }
        // Another alias has no holder, and what there is nothing to compare with passes.
        Assert.True((await ada.Models.ValidateAsync(model.Id, "3", "canary")).Passed);
        Assert.False((await ada.Models.ValidateAsync(model.Id, "3")).Passed);
    }

    [Fact]
    public async Task A_signature_must_serve_those_who_call_the_holder()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync(Open with { Schema = SchemaRule.Extend });
        var spec = Helpers.Spec((await ada.NewRunAsync()).Id) with { InputExample = null };
        var plain = FakeRuntime.Signature;
        foreach (var signature in new[]
        {
            plain,
            plain with { Inputs = [.. plain.Inputs, new TensorSpec { Name = "z", Optional = true }], Outputs = [.. plain.Outputs, new TensorSpec { Name = "more" }] },
            plain with { Inputs = [.. plain.Inputs, new TensorSpec { Name = "z" }] },
            null,
        })
            await ada.Models.CreateVersionAsync(model.Id, spec with { Signature = signature });
        await ada.Models.SetAliasAsync(model.Id, "production", 1);
        Assert.True((await ada.Models.ValidateAsync(model.Id, "2")).Passed);
        Assert.Contains("also requires the input 'z'", (await ada.Models.ValidateAsync(model.Id, "3")).Checks.Single().Given);
        Assert.Equal("the version has no signature", (await ada.Models.ValidateAsync(model.Id, "4")).Checks.Single().Given);
        await ada.Models.SetGateAsync(model.Id, Open with { Schema = SchemaRule.Equal });
        Assert.Contains("no input 'z'", (await ada.Models.ValidateAsync(model.Id, "2")).Checks.Single().Given);
        Assert.True((await ada.Models.ValidateAsync(model.Id, "1")).Passed);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Two_moves_at_once_end_with_the_better_version(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var model = await ada.NewModelAsync(Open with { Metrics = [new MetricBound("auc", Tolerance: 0)], LatencyBudgetMs = 10_000 });
        foreach (var auc in new[] { 0.7, 0.8, 0.9 }) await ada.NewVersionAsync(model, "slow", ("auc", auc));
        await ada.Models.SetAliasAsync(model.Id, "production", 1);
        async Task<bool> MoveAsync(int version)
        {
            try
            {
                await ada.Models.SetAliasAsync(model.Id, "production", version);
                return true;
            }
            catch (Client.DowelException e) when (e.Code == ErrorCodes.GateFailed.Code)
            {
                return false;
            }
        }
        var moved = await Task.WhenAll(MoveAsync(2), MoveAsync(3));
        Assert.True(moved[1]);
        Assert.Equal(3, (await ada.Models.GetAsync(model.Id)).Aliases["production"]);
        Assert.Equal(moved[0] ? 3 : 2, (await ada.MovesAsync(model.Id)).Count);
    }

    [Fact]
    public async Task A_server_that_stops_in_a_gate_leaves_the_alias_where_it_was()
    {
        await using var other = new Hosts();
        var host = await other.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync(Open with { LatencyBudgetMs = 10_000 });
        await ada.NewVersionAsync(model, "slow");
        var moving = ada.Models.SetAliasAsync(model.Id, "production", 1);
        await Task.Delay(100);
        await host.RestartAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => moving);
        using var again = host.Connect("ada");
        Assert.Empty((await again.Models.GetAsync(model.Id)).Aliases);
        Assert.Empty(await again.MovesAsync(model.Id));
        await again.Models.SetAliasAsync(model.Id, "production", 1);
        Assert.Single(await again.MovesAsync(model.Id));
    }

    [Fact]
    public async Task Refuses_checks_that_make_no_sense()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync();
        var slice = new DataSlice { Name = "s", Inputs = X(1L), Expected = [1L], MinAccuracy = 1 };
        var golden = new GoldenPrediction { Name = "g", Inputs = X(1L), Outputs = Y(1L) };
        var invariance = new Invariance { Name = "i", Inputs = X(1L), Changed = X(1L) };
        foreach (var (gate, field) in new (ValidationGate, string)[]
        {
            (Open with { Metrics = [new MetricBound("a", Tolerance: -1)] }, "metrics[0].tolerance"), (Open with { Metrics = [new MetricBound("a", Tolerance: double.NaN)] }, "metrics[0].tolerance"),
            (Open with { Slices = [slice with { Name = "" }] }, "slices[0].name"), (Open with { Slices = [slice with { Inputs = X() }] }, "slices[0].inputs"), (Open with { Slices = [slice with { Expected = [] }] }, "slices[0].expected"),
            (Open with { Slices = [slice with { MinAccuracy = null }] }, "slices[0]"), (Open with { Slices = [slice with { MinAccuracy = 2 }] }, "slices[0].minAccuracy"), (Open with { Slices = [slice with { MaxError = -1 }] }, "slices[0].maxError"),
            (Open with { Slices = [slice, null!] }, "slices[1]"), (Open with { Slices = null! }, "slices"), (Open with { Golden = [golden with { Outputs = Y(1L, 2L) }] }, "golden[0].outputs"),
            (Open with { Golden = [golden with { Tolerance = double.PositiveInfinity }] }, "golden[0].tolerance"), (Open with { Invariances = [invariance with { Changed = Y(1L) }] }, "invariances[0].changed"),
            (Open with { Invariances = [invariance with { Changed = X(1L, 2L) }] }, "invariances[0].changed"), (Open with { Approvals = new ApprovalRule { Count = 0 } }, "approvals.count"),
            (Open with { Approvals = new ApprovalRule { Count = 2, By = ["ada"] } }, "approvals.count"), (Open with { Approvals = new ApprovalRule { By = ["nobody there"] } }, "approvals.by"),
            (Open with { Approvals = new ApprovalRule { By = ["ada", "ada"] } }, "approvals.by"), (Open with { Golden = [golden with { Inputs = X(new string('x', 1 << 20)) }] }, "gate"),
        })
            Assert.Equal(field, (await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.SetGateAsync(model.Id, gate))).Fields[0].Field);
    }
}
