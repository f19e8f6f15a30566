using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Testing;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

/// <summary>Who sees whose predictions. Each of these people made one.</summary>
public sealed class PredictionAccessTests : IAsyncLifetime
{
    private static readonly string[] People = ["owner", "contributor", "viewer", "editor", "user", "reader", "auditor"];
    private readonly Dictionary<string, PredictionRecord> _records = [];
    private RoomHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await StartAsync();
        foreach (var name in People) await _host.CreateUserAsync(name, isAuditor: name == "auditor");
        await _host.CreateProjectAsync("owner", "p", ("contributor", ProjectRole.Contributor), ("viewer", ProjectRole.Viewer));
        var endpoint = await _host.EndpointAsync("owner", "e", "p");
        await _host.Connect("owner").Resources.ShareAsync(endpoint.Id, new Sharing
        {
            Visibility = Visibility.Shared,
            People = [new Share("editor", Permission.Edit), new Share("user", Permission.Use), new Share("reader", Permission.Read)],
        });
        var now = TimeProvider.System.GetUtcNow().ToMicros();
        foreach (var (name, n) in People.Select((p, i) => (p, i)))
        {
            var me = await _host.Connect(name).Identity.MeAsync();
            // The name is what a client may claim; the id counts.
            var record = Record(endpoint, n, now + n) with { CallerId = me.User.Id, Caller = "somebody" };
            _host.Sink().Append(in record);
            _records[name] = record;
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("owner", true)]
    [InlineData("contributor", true)]
    [InlineData("editor", true)]
    [InlineData("auditor", true)]
    [InlineData("admin", true)]
    [InlineData("viewer", false)]
    [InlineData("user", false)]
    [InlineData("reader", false)]
    public async Task Everybodys_predictions_take_edit_on_the_endpoint(string person, bool all)
    {
        var monitoring = _host.Connect(person).Monitoring;
        List<string> seen = await monitoring.AllPredictionsAsync("e", new PredictionQuery { Limit = 2 }).Select(p => p.Id).ToListAsync();
        Assert.Equal((all ? People.Reverse() : [person]).Select(IdOf), seen);
        Assert.Equal(seen, await monitoring.AllPredictionsAsync("e", new PredictionQuery { Caller = "somebody" }).Select(p => p.Id).ToListAsync());
        foreach (var other in People)
        {
            using var response = await _host.HttpFor(person).GetAsync($"/api/v1/predictions/{IdOf(other)}");
            if (all || other == person) Assert.Equal(IdOf(other), (await RoomHost.ReadAsync<Prediction>(response)).Id);
            else await RoomHost.ProblemAsync(response, ErrorCodes.Forbidden);
        }
        // The figures are of all requests, for every reader.
        Assert.Equal(People.Length, (await monitoring.TrafficAsync("e")).Total.Requests);
        Assert.Equal(People.Length, (await monitoring.QualityAsync("e")).Predicted);
    }

    [Theory]
    [InlineData("contributor", true)]
    [InlineData("editor", true)]
    [InlineData("viewer", false)]
    [InlineData("user", false)]
    public async Task Ground_truth_of_others_takes_edit_on_the_endpoint(string person, bool all)
    {
        var sent = await _host.Connect(person).Monitoring.SendGroundTruthAsync("e", [.. People.Select(p => new GroundTruthItem(IdOf(p), [1L]))]);
        Assert.Equal(all ? [] : People.Except([person]).Select(IdOf), sent.Unknown);
        var seen = await _host.Connect("owner").Monitoring.AllPredictionsAsync("e").Where(p => p.GroundTruth is not null).Select(p => p.Id).ToListAsync();
        Assert.Equal((all ? People.Reverse() : [person]).Select(IdOf), seen);
    }

    [Theory]
    [InlineData("contributor", true)]
    [InlineData("editor", true)]
    [InlineData("viewer", false)]
    [InlineData("user", false)]
    [InlineData("auditor", false)]
    public async Task Logging_for_a_model_elsewhere_takes_edit_on_the_endpoint(string person, bool allowed)
    {
        LogPredictions made = new([new LoggedPrediction { Caller = "owner", Outputs = Fields(("y", [1L])) }]);
        using var response = await _host.HttpFor(person).PostAsJsonAsync("/api/v1/endpoints/e/predictions", made, DowelJson.Options);
        if (allowed) Assert.Equal(1, (await RoomHost.ReadAsync<LogPredictionsResult>(response)).Accepted);
        else await RoomHost.ProblemAsync(response, ErrorCodes.Forbidden);
    }

    [Fact]
    public async Task Reaching_for_somebody_elses_is_recorded()
    {
        await RoomHost.ProblemAsync(await _host.HttpFor("user").GetAsync($"/api/v1/predictions/{IdOf("owner")}"), ErrorCodes.Forbidden);
        AuditRecord? denied = null;
        for (var i = 0; denied is null && i < 100; i++, await Task.Delay(100))
            denied = (await _host.Connect("admin").Audit.ListAsync(new AuditQuery { Outcome = "denied" })).Items.FirstOrDefault();
        Assert.Equal(("user", "endpoint.edit", "e"), (denied?.Actor, denied?.Action, denied?.Resource));
    }

    private string IdOf(string person) => $"pred_{_records[person].Id:n}";
}
