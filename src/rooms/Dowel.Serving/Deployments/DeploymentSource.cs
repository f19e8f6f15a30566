using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Secrets;

namespace Dowel.Serving.Deployments;

/// <summary>What a deployment runs in place of a model version; nothing is set for one that runs a model version. As it is kept, its secrets are encrypted.</summary>
internal sealed record DeploymentSource
{
    public ContainerSpec? Container { get; init; }
    public RemoteSpec? Remote { get; init; }
    public InferenceGraph? Graph { get; init; }
    /// <summary>The ids of the graph's endpoints by the names that it has for them: a name may come to mean another endpoint.</summary>
    public IReadOnlyDictionary<string, string>? GraphEndpoints { get; init; }
    public ObservedSpec? Observed { get; init; }

    /// <summary>The runtime's name, as people see it; null for a model version.</summary>
    public string? Kind => Container is not null ? "docker" : Remote is not null ? "remote" : Graph is not null ? "graph" : Observed is not null ? "observed" : null;

    /// <summary>How people call it, where a model has its name.</summary>
    public string Label => Container?.Image ?? Remote?.Url ?? Kind ?? "";

    public DeploymentSource Protect(ISecrets secrets) => Map(secrets.Protect);

    public DeploymentSource Unprotect(ISecrets secrets) => Map(secrets.Unprotect);

    /// <summary>For people: which secrets there are, not what they are.</summary>
    public DeploymentSource WithoutSecrets() => Map(_ => "");

    /// <summary>The same with the secrets of what it replaces where the new ones are empty, as a client that read it sends them back.</summary>
    public DeploymentSource KeepSecrets(DeploymentSource old) => this with
    {
        Container = Container is null || !IsSameImage(old) ? Container : Container with { Secrets = Keep(Container.Secrets, old.Container?.Secrets), RegistryPassword = Container.RegistryPassword is "" ? old.Container?.RegistryPassword : Container.RegistryPassword },
        Remote = Remote is null || !IsSameServer(old) ? Remote : Remote with { Headers = Keep(Remote.Headers, old.Remote?.Headers) },
    };

    // Whoever may change a deployment but does not know its secrets must not be able to have them sent elsewhere.
    private bool IsSameImage(DeploymentSource old) => old.Container is not null && Repository(old.Container.Image) == Repository(Container!.Image);

    private bool IsSameServer(DeploymentSource old)
        => Uri.TryCreate(old.Remote?.Url, UriKind.Absolute, out var was) && Uri.TryCreate(Remote!.Url, UriKind.Absolute, out var now) && was.GetLeftPart(UriPartial.Authority) == now.GetLeftPart(UriPartial.Authority);

    private static string Repository(string image)
    {
        image = image.Split('@')[0];
        var tag = image.LastIndexOf(':');
        return tag > image.LastIndexOf('/') ? image[..tag] : image;
    }

    private DeploymentSource Map(Func<string, string> map) => this with
    {
        Container = Container is null ? null : Container with { Secrets = Map(Container.Secrets, map), RegistryPassword = Container.RegistryPassword is null ? null : map(Container.RegistryPassword) },
        Remote = Remote is null ? null : Remote with { Headers = Map(Remote.Headers, map) },
    };

    private static Dictionary<string, string>? Map(IReadOnlyDictionary<string, string>? values, Func<string, string> map) => values?.ToDictionary(v => v.Key, v => map(v.Value));

    private static Dictionary<string, string>? Keep(IReadOnlyDictionary<string, string>? values, IReadOnlyDictionary<string, string>? old)
        => values?.ToDictionary(v => v.Key, v => v.Value.Length == 0 && old?.TryGetValue(v.Key, out var kept) == true ? kept : v.Value);
}

/// <summary>Columns that hold JSON.</summary>
internal static class Json
{
    public static T? Read<T>(string? text) => text is null ? default : JsonSerializer.Deserialize<T>(text, DowelJson.Options);

    public static string? Write<T>(T? value) => value is null ? null : JsonSerializer.Serialize(value, DowelJson.Options);
}
