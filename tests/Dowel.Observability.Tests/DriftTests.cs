using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Tensors;
using Dowel.Testing;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

public sealed class DriftTests
{
    private static readonly DateTimeOffset T0 = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DriftRequest Windows = new() { Reference = new(T0, T0.AddHours(1)), Current = new(T0.AddHours(1), T0.AddHours(2)) };

    private static Task<HttpResponseMessage> PostAsync(RoomHost host, DriftRequest request, string endpoint = "e") => host.AdminClient.PostAsJsonAsync($"/api/v1/endpoints/{endpoint}/drift", request, DowelJson.Options);

    /// <summary>An hour of passengers; in a drifted one they are men over 40 of the third class.</summary>
    private static void Passengers(RoomHost host, Resource endpoint, DateTimeOffset at, int count, bool drifted, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            double age = drifted ? 40 + (random.NextDouble() * 30) : random.NextDouble() * 70;
            var male = drifted || random.NextDouble() < 0.6;
            host.Sink().Append(Record(endpoint, 0, at.AddSeconds(i).ToMicros()) with
            {
                Inputs = [Tensor.Of("passenger_id", [random.NextInt64(1, 1309)])],
                Features =
                [
                    Tensor.Of("age", [random.NextDouble() < 0.1 ? float.NaN : (float)age]), Tensor.Of("sex", [male ? "male" : "female"]),
                    Tensor.Of("class", [drifted ? 3L : random.NextInt64(1, 4)]), Tensor.Of("noise", [random.NextDouble()]), Tensor.Of("constant", [7L]),
                ],
                Outputs = [Tensor.Of("label", [male ? 0L : 1L]), Tensor.Of("probability", [(float)(male ? 0.2 * random.NextDouble() : 1 - (0.2 * random.NextDouble()))])],
            });
        }
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_drifted_population_is_found_by_its_features_and_the_report_is_kept(Engine engine)
    {
        await using var host = await StartAsync(engine);
        var endpoint = await host.EndpointAsync("admin", "e");
        Passengers(host, endpoint, T0, 400, false, 1);
        Passengers(host, endpoint, T0.AddHours(1), 300, true, 2);
        var report = await RoomHost.ReadAsync<DriftReport>(await PostAsync(host, Windows));
        Assert.True(report.Drifted);
        Assert.Equal((400, 300, 0.01, "admin", "holm"), (report.ReferenceRows, report.CurrentRows, report.Alpha, report.By, report.Correction));
        Assert.Equal(["age", "class", "label", "probability", "sex"], report.Columns.Where(c => c.Drifted).Select(c => c.Column).Order());
        Assert.Equal(["age (missing)", "constant", "noise"], report.Columns.Where(c => !c.Drifted).Select(c => c.Column).Order());
        var age = report.Columns.Single(c => c.Column == "age");
        Assert.Equal(("ks", "exact", "feature"), (age.Test, age.Method, age.Role));
        Assert.True(age is { PValue: < 1e-20, Statistic: > 0.4, Psi: > 1, ReferenceMissing: > 10, CurrentMissing: > 10 } && age.AdjustedPValue > age.PValue);
        Assert.Equal("chi2", report.Columns.Single(c => c.Column == "class").Test);
        Assert.Equal("3: 100 %", report.Columns.Single(c => c.Column == "class").CurrentSummary);
        Assert.Equal(("passenger_id", "input"), (Assert.Single(report.Skipped).Column, report.Skipped[0].Role));
        Assert.Equal(report.Columns.OrderByDescending(c => c.Drifted).ThenBy(c => c.PValue).Select(c => c.Column), report.Columns.Select(c => c.Column));

        var second = await RoomHost.ReadAsync<DriftReport>(await PostAsync(host, Windows with { Alpha = 0.5 }));
        var listed = await host.AdminClient.GetAsync<DriftReport[]>("/api/v1/endpoints/e/drift");
        Assert.Equal([second.Id, report.Id], listed.Select(r => r.Id));
        Assert.Equivalent(report, listed[1], strict: true);
        Assert.Equal(2, (await host.AdminClient.GetAsync<Page<AuditRecord>>("/api/v1/audit?action=endpoint.drift")).Items.Count);
    }

    [Fact]
    public async Task The_same_population_is_not_called_drifted()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        var found = 0;
        for (var i = 0; i < 20; i++)
        {
            var at = T0.AddDays(i);
            Passengers(host, endpoint, at, 100, false, 100 + i);
            Passengers(host, endpoint, at.AddHours(1), 100, false, 200 + i);
            var report = await RoomHost.ReadAsync<DriftReport>(await PostAsync(host, new() { Reference = new(at, at.AddHours(1)), Current = new(at.AddHours(1), at.AddHours(2)) }));
            if (report.Drifted) found++;
        }
        // One in a hundred is expected.
        Assert.InRange(found, 0, 2);
    }

    [Fact]
    public async Task Too_few_rows_are_refused_with_the_window_and_their_number()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        Passengers(host, endpoint, T0, 30, false, 1);
        Passengers(host, endpoint, T0.AddHours(1), 29, false, 2);
        // Refused requests are no rows.
        for (var i = 0; i < 10; i++) host.Sink().Append(Record(endpoint, 9, T0.AddHours(1).ToMicros()));
        var problem = await RoomHost.ProblemAsync(await PostAsync(host, Windows), ErrorCodes.Invalid);
        Assert.Equal(new FieldError("current", "29 rows", "at least 30 rows"), Assert.Single(problem.Fields!));
        problem = await RoomHost.ProblemAsync(await PostAsync(host, Windows with { Reference = new(T0.AddYears(-1), T0) }), ErrorCodes.Invalid);
        Assert.Equal(("reference", "0 rows"), (problem.Fields![0].Field, problem.Fields[0].Given));
        Assert.Empty(await host.AdminClient.GetAsync<DriftReport[]>("/api/v1/endpoints/e/drift"));
        Passengers(host, endpoint, T0.AddHours(1), 1, false, 3);
        Assert.Equal(30, (await RoomHost.ReadAsync<DriftReport>(await PostAsync(host, Windows))).CurrentRows);
    }

    [Theory]
    [InlineData(0.0, 1, 1, 2, "alpha")]
    [InlineData(1.0, 1, 1, 2, "alpha")]
    [InlineData(double.NaN, 1, 1, 2, "alpha")]
    [InlineData(0.01, 0, 1, 2, "reference.to")]
    [InlineData(0.01, 1, 2, 1, "current.to")]
    [InlineData(0.01, 1, 0, 1, "current")]
    public async Task Windows_that_make_no_sense_are_refused(double alpha, int referenceTo, int currentFrom, int currentTo, string field)
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var request = new DriftRequest { Alpha = alpha, Reference = new(T0, T0.AddHours(referenceTo)), Current = new(T0.AddHours(currentFrom), T0.AddHours(currentTo)) };
        Assert.Equal(field, Assert.Single((await RoomHost.ProblemAsync(await PostAsync(host, request), ErrorCodes.Invalid)).Fields!).Field);
    }

    [Fact]
    public async Task Odd_columns_are_tested_or_skipped_with_a_reason()
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        for (var hour = 0; hour < 2; hour++)
        {
            const int n = 200;
            var random = new Random(hour);
            object?[] Values(Func<int, object?> value) => [.. Enumerable.Range(0, n).Select(value)];
            var inputs = Fields(
                ("amount", Values(_ => random.NextDouble())), ("infinite", Values(i => i % 10 == 0 ? "Infinity" : random.NextDouble())), ("gone", Values(i => hour == 0 ? random.NextDouble() : null)),
                ("' OR \"1\"; --", Values(i => i % 2 == 0)), ("name", Values(i => $"{hour} {i}")), ("nothing", Values(_ => null)),
                ("vector", Values(_ => new object?[] { random.NextDouble(), random.NextDouble() + hour })), ("image", Values(_ => new object?[20])), (hour == 0 ? "old" : "new", Values(_ => 1L)),
                ("sometimes", Values(i => i % 2 == hour ? "x" : null)));
            await host.AdminClient.LogAsync("e", new LoggedPrediction { At = T0.AddHours(hour).AddMinutes(1), Inputs = inputs });
        }
        var report = await RoomHost.ReadAsync<DriftReport>(await PostAsync(host, Windows));
        Assert.Equal((200, 200), (report.ReferenceRows, report.CurrentRows));
        Assert.Equal(["gone (missing)", "vector[1]"], report.Columns.Where(c => c.Drifted).Select(c => c.Column).Order());
        Assert.Equal(["' OR \"1\"; --", "amount", "infinite", "sometimes", "vector[0]"], report.Columns.Where(c => !c.Drifted).Select(c => c.Column).Order(StringComparer.Ordinal));
        Assert.Equal(["image", "name", "new", "nothing", "old"], report.Skipped.Select(s => s.Column).Order());
        Assert.All(report.Columns, c => Assert.InRange(c.PValue, 0, 1));
        Assert.Equal("mean Infinity", report.Columns.Single(c => c.Column == "infinite").CurrentSummary);
    }

    [Fact]
    public async Task Ten_thousand_columns_are_tested_on_fewer_rows()
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        for (var hour = 0; hour < 2; hour++)
        {
            var random = new Random(hour);
            for (var batch = 0; batch < 15; batch++)
            {
                var inputs = Enumerable.Range(0, 10_000).ToDictionary(i => $"c{i}", i => Enumerable.Range(0, 4).Select(_ => (object?)Math.Round(random.NextDouble() + (i == 77 ? hour * 2 : 0), 3)).ToArray());
                await host.AdminClient.LogAsync("e", new LoggedPrediction { At = T0.AddHours(hour).AddMinutes(batch), Inputs = inputs });
            }
        }
        var report = await RoomHost.ReadAsync<DriftReport>(await PostAsync(host, Windows));
        Assert.Equal((60, 10_000), (report.ReferenceRows, report.Columns.Count));
        Assert.Equal("c77", Assert.Single(report.Columns, c => c.Drifted).Column);
    }

    [Fact]
    public async Task Of_a_large_window_rows_are_drawn()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new ObservabilityRoom()], new Dictionary<string, string?> { ["Observability:DriftRows"] = "500" }, null);
        var endpoint = await host.EndpointAsync("admin", "e");
        Passengers(host, endpoint, T0, 3000, false, 1);
        Passengers(host, endpoint, T0.AddHours(1), 300, false, 2);
        var report = await RoomHost.ReadAsync<DriftReport>(await PostAsync(host, Windows));
        Assert.Equal((3000, 300, 500), (report.ReferenceRows, report.CurrentRows, report.SampledRows));
        Assert.False(report.Drifted);
        var again = await RoomHost.ReadAsync<DriftReport>(await PostAsync(host, Windows));
        Assert.Equal(report.Columns, again.Columns);
    }
}
