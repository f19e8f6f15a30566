using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Models;

/// <summary>The model source when there is no registry: folders <c>models/NAME/VERSION</c> in the data folder, each with a <c>dowel-version.json</c> (flavor, signature, inputExample) beside the model's files.</summary>
internal sealed class FolderModelSource(IOptions<DowelOptions> options) : IModelSource
{
    public async Task<Result<ModelArtifact>> ResolveAsync(Actor actor, string model, string version, CancellationToken cancellationToken)
    {
        if (Names.Check("deployment.model", model) is { } badName) return badName;
        if (!int.TryParse(version, out var number) || number < 1) return Failure.Invalid("deployment.version", version, "a number; aliases need the registry");
        var folder = Path.Combine(options.Value.Folder("models"), model, number.ToString());
        var file = Path.Combine(folder, "dowel-version.json");
        if (!File.Exists(file)) return Failure.NotFound("model version", $"{model}/{number}");
        try
        {
            await using var stream = File.OpenRead(file);
            var description = (await JsonSerializer.DeserializeAsync<Description>(stream, DowelJson.Options, cancellationToken))!;
            return new ModelArtifact { Name = model, Version = number, Flavor = description.Flavor, Folder = folder, Signature = description.Signature, InputExample = description.InputExample };
        }
        catch (JsonException e)
        {
            return Failure.Invalid("deployment.model", model, $"a folder with a readable dowel-version.json ({e.Message})");
        }
    }

    private sealed record Description(string Flavor, ModelSignature? Signature, IReadOnlyDictionary<string, object?[]>? InputExample);
}
