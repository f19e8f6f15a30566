using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Registry.Tests;

public sealed class HostileRunSourceTests
{
    [Theory, InlineData("../evil"), InlineData("/etc/evil"), InlineData("a/../../evil"), InlineData("a\\..\\evil"), InlineData("%2e%2e/evil"), InlineData("")]
    public async Task Paths_of_another_room_are_not_believed(string path)
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new RegistryRoom()], null, s => s.AddSingleton<IRunSource>(new Lying(path)));
        await host.CreateUserAsync("ada");
        using var ada = host.Connect("ada");
        var model = await ada.Models.CreateAsync(new CreateModel { Name = "m" });
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Models.CreateVersionAsync(model.Id, Helpers.Spec("run_1")));
        Assert.Throws<InvalidOperationException>(() => ArtifactPaths.Below(host.DataDir, path));
    }

    private sealed class Lying(string path) : IRunSource
    {
        public Task<Result<RunArtifacts>> GetAsync(Actor actor, string runId, string artifactPath, CancellationToken cancellationToken)
            => Task.FromResult<Result<RunArtifacts>>(new RunArtifacts(new Run { Id = runId }, "exp_1", [new ArtifactInfo(path, false, 1, new string('a', 64))], []));

        public Task<Result<RunArtifacts>> GetBySourceAsync(Actor actor, string source, string? runId, string? modelId, CancellationToken cancellationToken) => GetAsync(actor, runId ?? "run_1", "", cancellationToken);
    }
}
