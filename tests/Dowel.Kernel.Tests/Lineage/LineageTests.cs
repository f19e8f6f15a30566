using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tests.Identity;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Kernel.Tests.Lineage;

public sealed class LineageTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_version_has_its_own_sources_and_uses_and_not_those_of_others(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var me = await host.AdminClient.MeAsync();
        var actor = new Actor { UserId = me.User.Id, UserName = me.User.Name, IsAdmin = true };
        var resources = host.Services.GetRequiredService<IResourceService>();
        var lineage = host.Services.GetRequiredService<ILineage>();
        async Task<string> MakeAsync(ResourceKind kind) => (await host.Db().WriteAsync(s => resources.CreateAsync(s, actor, kind, new ResourceSpec { Name = kind.Prefix }))).Value.Id;
        var (data, experiment, model, endpoint) = (await MakeAsync(ResourceKind.Dataset), await MakeAsync(ResourceKind.Experiment), await MakeAsync(ResourceKind.Model), await MakeAsync(ResourceKind.Endpoint));
        await host.Db().WriteAsync(async s =>
        {
            foreach (var (run, version) in new[] { ("run_a", "1"), ("run_b", "2"), ("run_c", "") })
            {
                await lineage.AddAsync(s, data, "1", experiment, run, "trained");
                if (version.Length > 0) await lineage.AddAsync(s, experiment, run, model, version, "registered");
            }
            await lineage.AddAsync(s, model, "1", endpoint, "", "serves");
            return Result.Done;
        });

        Assert.Equal(["ds@1→exp@run_a", "exp@run_a→mod@1", "mod@1→ep@"], await AroundAsync(endpoint));
        Assert.Equal(["ds@1→exp@run_b", "exp@run_b→mod@2"], await AroundAsync(model, "2"));
        Assert.Equal(["ds@1→exp@run_c"], await AroundAsync(experiment, "run_c"));
        Assert.Equal(["ds@1→exp@run_a", "exp@run_a→mod@1", "mod@1→ep@"], await AroundAsync(experiment, "run_a"));
        Assert.Equal(6, (await AroundAsync(data)).Count);
        Assert.Equal(6, (await AroundAsync(experiment)).Count);

        async Task<List<string>> AroundAsync(string id, string? version = null)
            => [.. (await host.Connect("admin").Resources.LineageAsync(id, version, null)).Select(e => $"{e.From.Name}@{e.From.Version}→{e.To.Name}@{e.To.Version}").Order(StringComparer.Ordinal)];
    }
}
