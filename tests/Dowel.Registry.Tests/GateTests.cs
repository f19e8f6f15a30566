using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Registry.Tests;

public sealed class GateTests(Hosts hosts) : IClassFixture<Hosts>
{
    private static readonly ValidationGate Strict = new() { Metrics = [new MetricBound("auc", 0.8), new MetricBound("loss", Max: 0.5)], LatencyBudgetMs = 10 };

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_good_model_passes_and_the_result_stays_with_the_version(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync(Strict with { LatencyBudgetMs = 1000 });
        await ada.NewVersionAsync(model, "good", ("auc", 0.8), ("loss", 0.5));
        var disposed = FakeRuntime.Disposed;
        var result = await ada.Models.ValidateAsync(model.Id, "1");
        Assert.True(result.Passed, string.Join("; ", result.Checks));
        Assert.Equal(["metric auc", "metric loss", "load", "signature", "input example", "latency"], result.Checks.Select(c => c.Name));
        Assert.Equal("ada", result.By);
        var kept = (await ada.Models.GetVersionAsync(model.Id, "1")).Gate!;
        Assert.Equal((result.At, result.By, result.Passed), (kept.At, kept.By, kept.Passed));
        Assert.Equal(result.Checks, kept.Checks);
        for (var i = 0; i < 100 && FakeRuntime.Disposed == disposed; i++) await Task.Delay(20);
        Assert.NotEqual(disposed, FakeRuntime.Disposed);
        Assert.Equal("model.validate", (await host.AuditOfAsync(model.Id))[^1].Action);
    }

    [Theory]
    [InlineData("no model", "load", "this is no model")]
    [InlineData("no signature", "load", "gave no signature")]
    [InlineData("other signature", "signature", "the input 'x' is BYTES in the model, not FP64; the model also requires the input 'z'")]
    [InlineData("twice the same", "signature", "not sound")]
    [InlineData("throw", "input example", "InvalidOperationException: the inside of the model")]
    [InlineData("nothing", "input example", "answered nothing")]
    [InlineData("other name", "input example", "the output 'y' is missing; the model answered 'why'")]
    [InlineData("other type", "input example", "the output 'y' is FP32, not FP64")]
    [InlineData("other rows", "input example", "has 1 rows for 3 rows of input")]
    [InlineData("other shape", "input example", "has shape [3, 1]")]
    [InlineData("nan", "input example", "has no value (NaN) in element 2")]
    [InlineData("slow", "latency", "a median of")]
    public async Task A_bad_model_fails_the_check_that_names_why(string behaviour, string check, string given)
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync(new ValidationGate { LatencyBudgetMs = 10 });
        await ada.NewVersionAsync(model, behaviour);
        var result = await ada.Models.ValidateAsync(model.Id, "1");
        Assert.False(result.Passed);
        var failed = result.Checks.First(c => !c.Passed);
        Assert.Equal(check, failed.Name);
        Assert.Contains(given, failed.Given);
    }

    [Theory, InlineData("hang at load", "load"), InlineData("hang", "input example"), InlineData("block", "input example")]
    public async Task A_model_that_hangs_fails_in_time_and_the_server_goes_on(string behaviour, string check)
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync();
        await ada.NewVersionAsync(model, behaviour);
        await ada.NewVersionAsync(model, "good");
        var begin = TimeProvider.System.GetTimestamp();
        var result = await ada.Models.ValidateAsync(model.Id, "1");
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin).TotalSeconds, 1.9, 8);
        Assert.Contains("did not finish within 2 s", Assert.Single(result.Checks, c => c.Name == check).Given);
        Assert.True((await ada.Models.ValidateAsync(model.Id, "2")).Passed);
    }

    [Fact]
    public async Task Many_hanging_models_do_not_shut_the_gate_for_good()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync();
        await ada.NewVersionAsync(model, "block");
        await ada.NewVersionAsync(model, "good");
        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ada.Models.ValidateAsync(model.Id, "1")));
        Assert.All(results, r => Assert.False(r.Passed));
        Assert.True((await ada.Models.ValidateAsync(model.Id, "2")).Passed);
    }

    [Fact]
    public async Task Outputs_besides_do_no_harm_and_an_optional_output_may_be_missing()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync();
        await ada.NewVersionAsync(model, "more");
        Assert.True((await ada.Models.ValidateAsync(model.Id, "1")).Passed);
        var spec = Helpers.Spec((await ada.NewRunAsync("nan")).Id);
        await ada.Models.CreateVersionAsync(model.Id, spec with { Signature = spec.Signature! with { Outputs = [spec.Signature.Outputs[0] with { Optional = true }] } });
        Assert.True((await ada.Models.ValidateAsync(model.Id, "2")).Passed);
    }

    [Fact]
    public async Task A_version_must_bring_what_the_gate_needs()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var model = await ada.NewModelAsync(Strict);
        var spec = Helpers.Spec((await ada.NewRunAsync("good", ("auc", double.NaN))).Id);
        await ada.Models.CreateVersionAsync(model.Id, spec with { Signature = null, InputExample = null });
        var result = await ada.Models.ValidateAsync(model.Id, "1");
        Assert.Equal([("metric auc", "NaN"), ("metric loss", "not logged by the version's run"), ("signature", "the version has none"), ("input example", "the version has no input example"), ("latency", "the version has no input example")],
            result.Checks.Where(c => !c.Passed).Select(c => (c.Name, c.Given)));

        await ada.Models.CreateVersionAsync(model.Id, spec with { Flavor = "exotic" });
        result = await ada.Models.ValidateAsync(model.Id, "2");
        Assert.Contains("no runtime for the flavor 'exotic'; it has 'fake'", result.Checks.Single(c => c.Name == "load").Given);

        await ada.Models.SetGateAsync(model.Id, new ValidationGate { RequireSignature = false, RequireInputExample = false });
        Assert.Empty((await ada.Models.ValidateAsync(model.Id, "2")).Checks);
    }

    [Fact]
    public async Task Refuses_gates_that_make_no_sense()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var model = await ada.NewModelAsync();
        foreach (var gate in new ValidationGate[]
        {
            new() { ProtectedAliases = ["latest"] }, new() { ProtectedAliases = ["7"] }, new() { ProtectedAliases = null! }, new() { Metrics = [new MetricBound("a")] }, new() { Metrics = [new MetricBound("", 1)] },
            new() { Metrics = [new MetricBound("a", 2, 1)] }, new() { Metrics = [new MetricBound("a", double.NaN)] }, new() { Metrics = [null!] }, new() { LatencyBudgetMs = 0 }, new() { LatencyBudgetMs = double.NaN },
        })
        {
            await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.SetGateAsync(model.Id, gate));
            await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.NewModelAsync(gate));
        }
        var changed = await ada.Models.SetGateAsync(model.Id, Strict);
        Assert.Equal(2, changed.Revision);
        Assert.Equal("auc", (await ada.Models.GetAsync(model.Id)).Gate.Metrics[0].Metric);
        var record = (await host.AuditOfAsync(model.Id))[^1];
        Assert.Equal("model.gate", record.Action);
        Assert.Contains("auc", record.After);
    }
}
