using Dowel.Contracts;
using Dowel.Experiments.Artifacts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Experiments.Tests;

public sealed class UploadTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task What_is_not_complete_within_a_day_is_removed(Engine engine)
    {
        var time = new Later();
        await using var host = await RoomHost.StartAsync(engine, [new ExperimentsRoom()], null, services => services.AddSingleton<TimeProvider>(time));
        await host.CreateUserAsync("ada");
        await host.CreateProjectAsync("ada", "lab");
        using var ada = host.Connect("ada");
        var run = await ada.NewRunAsync();
        var uploads = host.Services.GetRequiredService<ArtifactUploads>();
        var old = (await uploads.CreateAsync(run.Id, "old", 1, default)).Value;
        var pass = uploads.Pass(old, 1);
        var hash = (await uploads.PutPartAsync(old, 1, pass, new MemoryStream([1]), 1, default)).Value;
        Assert.Contains(hash, await ReferencesAsync(host));

        time.Hours = 23;
        var young = (await uploads.CreateAsync(run.Id, "young", 1, default)).Value;
        Assert.True((await uploads.ExpireAsync(default)).IsOk);
        Assert.Equal([old, young], await IdsAsync(host));
        time.Hours = 25;
        // Nobody puts anything to an old address, whether the upload is there or not.
        Assert.Equal(ErrorCodes.Forbidden, (await uploads.PutPartAsync(old, 1, pass, new MemoryStream([2]), 1, default)).Failure?.Code);
        Assert.True((await uploads.ExpireAsync(default)).IsOk);
        Assert.Equal([young], await IdsAsync(host));
        Assert.DoesNotContain(hash, await ReferencesAsync(host));
        Assert.Empty(await ada.Runs.ArtifactsAsync(run.Id));
    }

    private static Task<IReadOnlyList<string>> IdsAsync(RoomHost host) => host.Services.GetRequiredService<IDb>().ReadAsync(s => s.QueryAsync<string>("SELECT id FROM experiments_uploads ORDER BY at"));

    private static async Task<IReadOnlyList<string>> ReferencesAsync(RoomHost host)
    {
        var found = new List<string>();
        foreach (var references in host.Services.GetServices<IObjectReferences>()) await references.VisitAsync(found.Add, default);
        return found;
    }

    private sealed class Later : TimeProvider
    {
        public int Hours { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddHours(Hours);
    }
}
