using System.Text.RegularExpressions;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;
using Dowel.Serving.Models;

namespace Dowel.Adapters.Docker;

/// <summary>Whether a container may be deployed, and is well formed.</summary>
internal static partial class ContainerCheck
{
    public static Failure? Of(Actor actor, ContainerSpec spec, DockerUse use, IEnumerable<IServerProtocol> protocols)
    {
        if (use == DockerUse.Off) return new Failure(ErrorCodes.Forbidden, "Docker images are switched off on this server (Serving:Docker:Use).");
        if (use == DockerUse.Admins && !actor.IsAdmin) return new Failure(ErrorCodes.Forbidden, "Only administrators may deploy Docker images on this server (Serving:Docker:Use).");
        if (spec.Image.Length > 500 || spec.Image.Contains("//", StringComparison.Ordinal) || !ImageName().IsMatch(spec.Image)) return Wrong("image", spec.Image, "an image such as registry.example.com/team/model:3");
        if (!protocols.Any(p => p.Name == spec.Protocol)) return Wrong("protocol", spec.Protocol, $"one of {string.Join(", ", protocols.Select(p => p.Name))}");
        if (spec.Port is < 1 or > 65535) return Wrong("port", spec.Port, "a port from 1 to 65535");
        if (!(spec.StartSeconds is >= 1 and <= 3600)) return Wrong("startSeconds", spec.StartSeconds, "a number from 1 to 3600");
        if (spec.HealthPath is { } path && (!path.StartsWith('/') || path.StartsWith("//", StringComparison.Ordinal) || path.Any(c => char.IsControl(c) || c == ' '))) return Wrong("healthPath", path, "a path that starts with '/', in one line");
        if (spec.ModelName?.Any(char.IsControl) == true) return Wrong("modelName", spec.ModelName, "a name in one line");
        if (spec.Command?.FirstOrDefault(w => w.Contains('\0')) is { } word) return Wrong("command", word, "words without a zero byte");
        if ((spec.RegistryUser is null) != (spec.RegistryPassword is null)) return Wrong("registryPassword", null, "a user and a password, or neither");
        foreach (var (field, variables) in new[] { ("environment", spec.Environment), ("secrets", spec.Secrets) })
            if (variables?.FirstOrDefault(v => !VariableName().IsMatch(v.Key) || v.Value.Contains('\0')) is { Key: { } variable }) return Wrong(field, variable, "names of letters, digits and '_', and values without a zero byte");
        if (spec.Volumes is { Count: > 0 } volumes)
        {
            if (!actor.IsAdmin) return new Failure(ErrorCodes.Forbidden, "Only administrators may put folders of this machine into a container.", new FieldError("deployment.container.volumes", volumes[0], "nothing"));
            if (volumes.FirstOrDefault(v => !Volume().IsMatch(v) || v.Split('/', ':').Contains("..")) is { } volume) return Wrong("volumes", volume, "/folder/here:/folder/there without '..', with :ro after it for read only");
        }
        return EgressRules.Check(spec.Egress);
    }

    private static Failure Wrong(string field, object? given, string expected) => Failure.Invalid($"deployment.container.{field}", given, expected);

    [GeneratedRegex(@"^[a-zA-Z0-9]([a-zA-Z0-9._/:@-]*[a-zA-Z0-9])?\z")]
    private static partial Regex ImageName();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.-]*\z")]
    private static partial Regex VariableName();

    [GeneratedRegex(@"^/[^:\0]*:/[^:\0]+(:(ro|rw))?\z")]
    private static partial Regex Volume();
}
