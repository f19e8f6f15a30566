using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>The same endpoint by the command line and by the API. Secrets are left out.</summary>
internal static class DeployCommand
{
    private static readonly JsonSerializerOptions indented = new(DowelJson.Options) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyList<Snippet> Snippets(string server, CreateEndpoint request)
    {
        var json = Json(request);
        return
        [
            new("dowel", Line(request) ?? $"dowel endpoint create -f endpoint.json   # with what stands under JSON"),
            new("JSON", json),
            new("curl", $"curl {Code.Shell($"{server.TrimEnd('/')}/api/v1/endpoints")} \\\n  -H \"Authorization: Bearer $DOWEL_TOKEN\" \\\n  --json {Code.Shell(json)}"),
        ];
    }

    /// <summary>The command; null where it would take more than its options can say.</summary>
    public static string? Line(CreateEndpoint request)
    {
        var d = request.Deployment;
        var s = d.Settings ?? new();
        if (request.Ingress is not null || request.Limits is { CallerRequestsPerSecond: not null } or { CallerMaxConcurrency: not null } || s.Breaker is not null || d.Remote?.Headers is not null
            || d.Container is { HealthPath: not null } or { RegistryUser: not null } or { RegistryPassword: not null }
            || s.Scaling is { } scaling && scaling != new ScalingSettings { Min = scaling.Min, Max = scaling.Max, TargetConcurrency = scaling.TargetConcurrency }) return null;
        List<string> parts = [$"dowel endpoint create {Code.Shell(request.Name)}"];
        void Add(string option, object? value)
        {
            if (value is not null) parts.Add($"{option} {Code.Shell(value is IFormattable f ? f.ToString(null, CultureInfo.InvariantCulture) : $"{value}")}");
        }
        Add("--model", d.Model.Length > 0 ? d.Model : null);
        Add("--model-version", d.Version);
        Add("--alias", d.Alias is "production" ? null : d.Alias);
        if (d.AllowRefused) parts.Add("--allow-refused");
        Add("--image", d.Container?.Image);
        Add("--url", d.Remote?.Url);
        Add("--protocol", (d.Container?.Protocol ?? d.Remote?.Protocol) is { } protocol && protocol != "oip" ? protocol : null);
        Add("--port", d.Container?.Port);
        foreach (var (name, value) in d.Container?.Environment ?? new Dictionary<string, string>()) Add("--env", $"{name}={value}");
        foreach (var name in d.Container?.Secrets?.Keys ?? []) Add("--secret", $"{name}=-");
        foreach (var to in d.Container?.Egress ?? []) Add("--egress", to);
        if (d.Graph is not null) parts.Add("--graph graph.yaml");
        if (d.Observed is not null) parts.Add("--observed");
        Add("--project", request.Project);
        Add("--description", request.Description);
        Add("--replicas", d.Replicas);
        if (s.Scaling is { } scales)
        {
            if (scales.Min == 0) parts.Add("--scale-to-zero");
            else Add("--min-replicas", scales.Min);
            Add("--max-replicas", scales.Max);
            Add("--target-concurrency", scales.TargetConcurrency == new ScalingSettings().TargetConcurrency ? null : scales.TargetConcurrency);
        }
        Add("--batch-size", s.Batching?.MaxSize);
        Add("--batch-wait-ms", s.Batching?.MaxWaitMs);
        Add("--timeout", s.TimeoutSeconds);
        Add("--memory-mb", s.Resources?.MemoryMb);
        Add("--cpus", s.Resources?.Cpus);
        Add("--gpus", s.Resources?.Gpus);
        Add("--python", s.Python?.Interpreter);
        if (s.Python?.InstallRequirements == true) parts.Add("--install-requirements");
        Add("--features", request.Features?.View);
        if (request.Features?.OnMissing == MissingFeaturesPolicy.Defaults) parts.Add("--on-missing defaults");
        Add("--rps", request.Limits?.RequestsPerSecond);
        Add("--max-concurrency", request.Limits?.MaxConcurrency);
        return string.Join(" \\\n  ", parts);
    }

    /// <summary>The request with what is set alone.</summary>
    public static string Json(CreateEndpoint request)
    {
        var deployment = request.Deployment;
        if (deployment.Container is { } container)
            deployment = deployment with { Container = container with { Secrets = Hidden(container.Secrets), RegistryPassword = container.RegistryPassword is null ? null : "…" } };
        if (deployment.Remote is { } remote) deployment = deployment with { Remote = remote with { Headers = Hidden(remote.Headers) } };
        var json = JsonSerializer.SerializeToNode(request with { Deployment = deployment }, DowelJson.Options)!;
        // What says nothing goes; "observed" says what it says by being there.
        Prune(json);
        if (deployment.Observed is not null) json["deployment"] = new JsonObject { ["observed"] = new JsonObject() };
        return json.ToJsonString(indented);
    }

    private static Dictionary<string, string>? Hidden(IReadOnlyDictionary<string, string>? secrets) => secrets?.ToDictionary(s => s.Key, _ => "…");

    private static bool Prune(JsonNode? node)
    {
        switch (node)
        {
            case null: return true;
            case JsonArray list:
                foreach (var item in list) Prune(item);
                return list.Count == 0;
            case JsonObject map:
                foreach (var name in map.Where(m => Prune(m.Value)).Select(m => m.Key).ToList()) map.Remove(name);
                return map.Count == 0;
            default: return node.GetValueKind() == JsonValueKind.False || (node.GetValueKind() == JsonValueKind.String && node.GetValue<string>().Length == 0);
        }
    }
}
