using System.Diagnostics;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Dowel.Features.Tests.FeaturesTest;

namespace Dowel.Features.Tests;

public sealed class PlanTests
{
    private static async Task<IFeaturePlan> PlanAsync(RoomHost host, string view, params string[]? features)
        => (await host.Services.GetRequiredService<IFeatureReader>().PlanAsync(Actor.System, view, features, default)).Value;

    private static async Task<IReadOnlyList<Tensor>> ReadAsync(IFeaturePlan plan, Tensor keys, MissingFeaturesPolicy policy = MissingFeaturesPolicy.Error)
        => (await plan.ReadAsync(keys, policy, default)).Value;

    [Fact]
    public async Task Features_are_read_as_typed_tensors_in_the_order_asked_for()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        var view = await http.CreateViewAsync("v", Feature("b", "boolean"), Feature("i", "int64"), Feature("f"), Feature("s", "string"));
        await http.PushRowsAsync("v", "id event_timestamp b i f s", [1L, At(0), true, 7L, 0.5, "x"], [-2L, At(0), false, -7L, null, null], [3L, At(0), null, null, 1.5, "z"]);

        var plan = await PlanAsync(host, "v", null);
        Assert.Equal((view.Id, "id"), (plan.ViewId, plan.Entity.Name));
        var one = await ReadAsync(plan, Tensor.Of("id", new[] { 1L }));
        Assert.Equal(["b:BOOL", "i:INT64", "f:FP64", "s:BYTES"], one.Select(t => $"{t.Name}:{t.Datatype}"));
        Assert.Equal([true, 7L, 0.5, "x"], one.Select(t => t[0]));

        var two = await ReadAsync(plan, Tensor.Of("id", new[] { -2, 1 }));
        Assert.Equal([[false, true], [-7L, 7L], [double.NaN, 0.5], [null, "x"]], two.Select(t => new[] { t[0], t[1] }));
        Assert.Equal([2L], two[0].Shape);

        // A missing integer or boolean makes its column floating point.
        var three = await ReadAsync(plan, Tensor.Of("id", new[] { 1L, 3L, -2L }));
        Assert.Equal(["FP64", "FP64", "FP64", "BYTES"], three.Select(t => t.Datatype));
        Assert.Equal([1.0, double.NaN, 0.0], ((Tensor<double>)three[0]).Values);
        Assert.Equal([7.0, double.NaN, -7.0], ((Tensor<double>)three[1]).Values);

        var chosen = await ReadAsync(await PlanAsync(host, view.Id, "s", "f"), new Tensor<long>("id", [1L, 3L], [2, 1]));
        Assert.Equal(["s", "f"], chosen.Select(t => t.Name));
        Assert.Equal([2L, 1L], chosen[0].Shape);
        foreach (var keys in new Tensor[] { Tensor.Of("id", new sbyte[] { 1 }), Tensor.Of("id", new short[] { 1 }), Tensor.Of("id", new byte[] { 1 }), Tensor.Of("id", new ushort[] { 1 }), Tensor.Of("id", new uint[] { 1 }), Tensor.Of("id", new ulong[] { 1 }) })
            Assert.Equal(7L, (await ReadAsync(plan, keys))[1][0]);
        foreach (var keys in new Tensor[] { Tensor.Of("id", new[] { 1.0 }), Tensor.Of("id", new[] { "1" }), Tensor.Of("id", new[] { true }), Tensor.Of("id", [1L, 2L], 1, 2) })
            Assert.Equal(ErrorCodes.Invalid, (await plan.ReadAsync(keys, MissingFeaturesPolicy.Error, default)).Failure!.Code);
    }

    [Fact]
    public async Task Unknown_and_expired_entities_follow_the_policy()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync(new CreateFeatureView
        {
            Name = "v",
            Entity = new("who", "string"),
            TtlSeconds = 3600,
            Features = [Feature("i", "int64", 5L), Feature("f", "float64", "NaN"), Feature("s", "string", "none"), Feature("b", "boolean"), Feature("j", "int64", 9L)],
        });
        var now = TimeProvider.System.GetUtcNow().ToString("O");
        await http.PushRowsAsync("v", "who event_timestamp i f s b j", ["a", now, 1L, 1.0, "x", true, null], ["old", At(0), 2L, 2.0, "y", false, 2L]);
        var plan = await PlanAsync(host, "v", null);

        var refused = (await plan.ReadAsync(Tensor.Of("who", new[] { "a", "nobody", "old" }), MissingFeaturesPolicy.Error, default)).Failure!;
        Assert.Equal(ErrorCodes.FeaturesMissing, refused.Code);
        Assert.Contains("'nobody', 'old'", refused.Detail);
        foreach (var key in new[] { "nobody", "old", new string('x', 5000), "", null })
            Assert.Equal(ErrorCodes.FeaturesMissing, (await plan.ReadAsync(Tensor.Of("who", new string[] { key! }), MissingFeaturesPolicy.Error, default)).Failure!.Code);

        var defaults = await ReadAsync(plan, Tensor.Of("who", ["a", "nobody", "old", new string('x', 5000), ""]), MissingFeaturesPolicy.Defaults);
        Assert.Equal([1L, 5L, 5L, 5L, 5L], ((Tensor<long>)defaults[0]).Values);
        Assert.Equal([1.0, double.NaN, double.NaN, double.NaN, double.NaN], ((Tensor<double>)defaults[1]).Values);
        Assert.Equal(["x", "none", "none", "none", "none"], ((Tensor<string>)defaults[2]).Values);
        Assert.Equal([1.0, double.NaN, double.NaN, double.NaN, double.NaN], ((Tensor<double>)defaults[3]).Values);
        // What a stored row leaves out is missing, as it is in training; defaults stand in for whole rows.
        Assert.Equal([double.NaN, 9.0, 9.0, 9.0, 9.0], ((Tensor<double>)defaults[4]).Values);
    }

    [Fact]
    public async Task A_plan_outlives_renames_growth_and_pushes_and_ends_with_its_view()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        var view = await http.CreateViewAsync("v", Feature("x", "int64"));
        await http.PushRowsAsync("v", "id event_timestamp x", [1L, At(0), 1L]);
        var plan = await PlanAsync(host, "v", null);
        await RoomHost.ReadAsync<FeatureView>(await http.PatchAsync($"/api/v1/feature-views/{view.Id}",
            System.Net.Http.Json.JsonContent.Create(new PatchFeatureView { Name = "w", AddFeatures = [Feature("y", "string")] }, options: DowelJson.Options)));
        await http.PushRowsAsync("w", "id event_timestamp x y", [1L, At(1), 2L, "y"]);
        Assert.Equal([2L], (await ReadAsync(plan, Tensor.Of("id", new[] { 1L }))).Select(t => t[0]));
        Assert.Equal([2L, "y"], (await ReadAsync(await PlanAsync(host, "w", null), Tensor.Of("id", new[] { 1L }))).Select(t => t[0]));
        await http.DeleteAsync("/api/v1/feature-views/w");
        Assert.Equal(ErrorCodes.NotFound, (await plan.ReadAsync(Tensor.Of("id", new[] { 1L }), MissingFeaturesPolicy.Defaults, default)).Failure!.Code);
    }

    [Fact]
    public async Task A_plan_takes_permission_a_known_view_and_known_features()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Feature("x", "int64"));
        await http.CreateViewAsync(new CreateFeatureView { Name = "offline", Entity = new("id", "int64"), Features = [Feature("x")], Online = false });
        var reader = host.Services.GetRequiredService<IFeatureReader>();
        var stranger = new Actor { UserId = "usr_x", UserName = "x" };
        Assert.Equal(ErrorCodes.Forbidden, (await reader.PlanAsync(stranger, "v", null, default)).Failure!.Code);
        Assert.Equal(ErrorCodes.NotFound, (await reader.PlanAsync(Actor.System, "nothing", null, default)).Failure!.Code);
        Assert.Equal(ErrorCodes.Invalid, (await reader.PlanAsync(Actor.System, "v", ["y"], default)).Failure!.Code);
        Assert.Equal(ErrorCodes.Conflict, (await reader.PlanAsync(Actor.System, "offline", null, default)).Failure!.Code);
    }

    /// <summary>Many keys go through batches of the store; each must come back at its own place.</summary>
    [Fact]
    public async Task Many_keys_come_back_in_their_order()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", Feature("x", "int64"), Feature("s", "string"));
        await http.PushCsvAsync("v", "id,event_timestamp,x,s\n" + string.Concat(Enumerable.Range(-1000, 2000).Select(i => $"{i},2026-01-01,{i * 3},t{i}\n")));
        var random = new Random(1);
        var keys = Enumerable.Range(0, 1000).Select(_ => (long)random.Next(-1000, 1000)).ToArray();
        var read = await ReadAsync(await PlanAsync(host, "v", null), Tensor.Of("id", keys));
        Assert.Equal(keys.Select(k => k * 3), ((Tensor<long>)read[0]).Values);
        Assert.Equal(keys.Select(k => $"t{k}"), ((Tensor<string>)read[1]).Values);
    }

    [Fact(Explicit = true)]
    public async Task Measure()
    {
        await using var host = await RoomHost.StartAsync(new FeaturesRoom());
        var http = host.AdminClient;
        await http.CreateViewAsync("v", [.. Enumerable.Range(0, 8).Select(i => Feature($"f{i}", i < 5 ? "float64" : i < 7 ? "int64" : "string"))]);
        var random = new Random(1);
        await http.PushCsvAsync("v", "id,event_timestamp,f0,f1,f2,f3,f4,f5,f6,f7\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i},2026-01-01,{i}.5,2.5,3.5,4.5,5.5,{i},7,class{i % 3}\n")));
        // From files rather than from what was just written.
        await host.RestartAsync();
        await host.RestartAsync();
        var plan = await PlanAsync(host, "v", null);
        foreach (var batch in new[] { 1, 1, 1, 16, 256 })
        {
            var count = 200_000 / batch;
            var keys = Enumerable.Range(0, count).Select(_ => (Tensor)Tensor.Of("id", Enumerable.Range(0, batch).Select(_ => (long)random.Next(100_000)).ToArray())).ToArray();
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            // The median of short spells: other work on the machine shows in a few of them only.
            var spells = new List<double>();
            foreach (var spell in keys.Chunk(Math.Max(1, 500 / batch)))
            {
                var start = Stopwatch.GetTimestamp();
                foreach (var key in spell) _ = (await plan.ReadAsync(key, MissingFeaturesPolicy.Error, default)).Value;
                spells.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds / spell.Length);
            }
            var each = spells.Order().ElementAt(spells.Count / 2);
            Console.WriteLine($"{batch} keys of 8 features: {each:0.00} µs a read, {each / batch:0.00} µs a key, {(GC.GetAllocatedBytesForCurrentThread() - allocated) / count} bytes");
        }
    }
}
