using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;

namespace Dowel.Protocols.Mlflow.Registry;

/// <summary>What the registry's calls have in common: which model is meant, and how its failures are said.</summary>
internal static class RegistryCall
{
    /// <summary>The model that the call names. What the caller may not see does not exist; what they may see but not change is denied.</summary>
    public static async Task<Result<Resource>> ModelAsync(this MlflowCall call, Permission permission)
    {
        var name = call.Required("name");
        return await FindAsync(call, name, permission, $"Registered Model with name={name} not found");
    }

    /// <summary>The model and the number of the version that the call names.</summary>
    public static async Task<Result<(Resource Model, string Version)>> VersionAsync(this MlflowCall call, Permission permission)
    {
        var (name, version) = (call.Required("name"), call.Required("version"));
        var number = long.TryParse(version, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : throw MlflowCall.Bad($"Parameter 'version' must be an integer, got '{version}'.");
        // A negative number is none, and must not be taken for an alias.
        var found = await FindAsync(call, name, permission, NoVersion(name, version));
        return found.Map(m => (m, Math.Max(number, 0).ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>As MLflow says it: a version that is not there, a gate that is shut.</summary>
    public static Result<T> Said<T>(this Result<T> result, MlflowCall call) => result.Failure switch
    {
        null => result,
        { Code: var code } when code == ErrorCodes.NotFound => new Failure(code, NoVersion(call.Text("name")!, call.Text("version") ?? "")),
        { Code: var code } gate when code == ErrorCodes.GateFailed
            => new Failure(ErrorCodes.Invalid, $"{gate.Detail} {string.Join("; ", gate.Fields.Select(f => $"{f.Field}: found {f.Given}, expected {f.Expected}"))}"),
        { } other => other,
    };

    public static Result<Action<Utf8JsonWriter>> Answer<T>(this Result<T> result, Action<Utf8JsonWriter, T> write) => result.Map<Action<Utf8JsonWriter>>(value => json => write(json, value));

    public static Result<Action<Utf8JsonWriter>> Nothing<T>(this Result<T> result) => result.Map(_ => MlflowRoutes.Nothing);

    private static string NoVersion(string name, string version) => $"Model Version (name={name}, version={version}) not found";

    private static async Task<Result<Resource>> FindAsync(MlflowCall call, string name, Permission permission, string missing)
    {
        var resources = call.Get<IResourceService>();
        if (!(await resources.FindNamedAsync(call.Actor, ResourceKind.Model, name, call.Project, call.Aborted)).TryGet(out var model, out var failure)) return failure;
        if (model is null) return new Failure(ErrorCodes.NotFound, missing);
        // Found and allowed is the common case; otherwise the kernel says no and records the attempt.
        return model.Info.Access >= permission ? model : await resources.FindByIdAsync(call.Actor, model.Id, permission, call.Aborted);
    }
}
