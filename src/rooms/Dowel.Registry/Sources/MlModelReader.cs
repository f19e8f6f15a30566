using System.Text;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Sources;

/// <summary>
/// Reads what MLflow keeps beside a model (mlflow/models/model.py): flavor and signature from its <c>MLmodel</c> file, the input example from the file that it names.
/// What cannot be read is left out: it is the client's file, and registering does not fail for it.
/// </summary>
internal sealed class MlModelReader(IObjectStore store, IEnumerable<IModelRuntime> runtimes)
{
    private const string FileName = "MLmodel";
    private const int MostBytes = 1 << 20;

    public async Task<VersionOrigin> DescribeAsync(VersionOrigin origin, CancellationToken cancellationToken)
    {
        if (await TextAsync(origin, FileName, cancellationToken) is not { } text || YamlValues.Read(text) is not Dictionary<string, object?> model) return origin;
        var signature = Signature(model.GetValueOrDefault("signature") as Dictionary<string, object?>);
        return origin with
        {
            Flavor = Flavor(model.GetValueOrDefault("flavors") as Dictionary<string, object?>),
            Signature = signature,
            InputExample = await ExampleAsync(origin, model.GetValueOrDefault("saved_input_example_info") as Dictionary<string, object?>, signature, cancellationToken),
        };
    }

    // The model's own library before the general python_function, one that this server can run before all.
    private string Flavor(Dictionary<string, object?>? flavors)
    {
        var names = (flavors?.Keys ?? Enumerable.Empty<string>()).Where(n => n.Length is > 0 and <= 64 && n.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')).ToList();
        bool Runs(string name) => runtimes.Any(r => r.Flavor == name);
        return names.Find(n => n != "python_function" && Runs(n)) ?? names.Find(Runs) ?? names.Find(n => n != "python_function") ?? names.FirstOrDefault() ?? "";
    }

    private static ModelSignature? Signature(Dictionary<string, object?>? given)
    {
        if (MlSignature.Tensors(given?.GetValueOrDefault("inputs") as string, "input") is not { Count: > 0 } inputs || MlSignature.Tensors(given?.GetValueOrDefault("outputs") as string, "output") is not { Count: > 0 } outputs) return null;
        var signature = new ModelSignature { Inputs = inputs, Outputs = outputs };
        return SignatureRules.Check(signature) is null ? signature : null;
    }

    private async Task<IReadOnlyDictionary<string, object?[]>?> ExampleAsync(VersionOrigin origin, Dictionary<string, object?>? info, ModelSignature? signature, CancellationToken cancellationToken)
    {
        if (signature is null || info?.GetValueOrDefault("artifact_path") is not string path || await TextAsync(origin, path, cancellationToken) is not { } text) return null;
        try
        {
            var example = MlExample.Read(JsonSerializer.Deserialize<object>(text, DowelJson.Options), signature);
            return example is not null && ExampleTensors.Build(signature, example).Failure is null ? example : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<string?> TextAsync(VersionOrigin origin, string path, CancellationToken cancellationToken)
    {
        if (origin.Files.FirstOrDefault(f => f.Path == path) is not { Bytes: <= MostBytes, Hash: { } hash }) return null;
        await using var content = await store.OpenAsync(hash, cancellationToken);
        if (content is null) return null;
        using var reader = new StreamReader(content, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
