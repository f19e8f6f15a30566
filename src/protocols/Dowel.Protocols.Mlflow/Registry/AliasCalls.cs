using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;
using Dowel.Registry.Aliases;
using Dowel.Registry.Search;
using Dowel.Registry.Versions;

namespace Dowel.Protocols.Mlflow.Registry;

using Answered = Task<Result<Action<Utf8JsonWriter>>>;

/// <summary>The calls of aliases. A protected one moves only past the model's gate, as everywhere.</summary>
internal static class AliasCalls
{
    private const int MostLength = 255;
    private const string Latest = "latest";

    public static async Answered SetAsync(MlflowCall call)
    {
        var alias = Checked(call.Required("alias"));
        if (IsLatest(alias)) throw MlflowCall.Bad("'latest' alias name (case insensitive) is reserved.");
        if (alias.Length > 1 && alias[0] is 'v' or 'V' && alias.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0) throw MlflowCall.Bad($"Version alias name '{alias}' is reserved.");
        if (!(await call.VersionAsync(Permission.Edit)).TryGet(out var found, out var failure)) return failure;
        var version = int.TryParse(found.Version, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return (await call.Get<AliasService>().SetAsync(call.Actor, found.Model, alias, new SetAlias(version), call.Aborted)).Said(call).Nothing();
    }

    public static async Answered GetAsync(MlflowCall call)
    {
        var alias = Checked(call.Required("alias"));
        if (!(await call.ModelAsync(Permission.Read)).TryGet(out var model, out var failure)) return failure;
        if (IsLatest(alias))
        {
            var latest = (await call.Get<RegistrySearch>().LatestAsync(model, [], call.Aborted)).Value.MaxBy(v => v.Version);
            return latest is not null ? Result.Ok<Action<Utf8JsonWriter>>(json => RegistryJson.Version(json, latest)) : new Failure(ErrorCodes.NotFound, $"Latest version not found for model {model.Name}.");
        }
        // A name of digits would be a version's.
        var version = AliasRules.Check("alias", alias) is null ? await call.Get<VersionService>().GetAsync(model, alias, call.Aborted) : Failure.NotFound("alias", alias);
        return version.IsOk ? version.Answer(RegistryJson.Version) : throw MlflowCall.Bad($"Registered model alias {alias} not found.");
    }

    public static async Answered DeleteAsync(MlflowCall call)
    {
        var alias = Checked(call.Required("alias"));
        if (!(await call.ModelAsync(Permission.Edit)).TryGet(out var model, out var failure)) return failure;
        var deleted = await call.Get<AliasService>().DeleteAsync(call.Actor, model, alias, null, call.Aborted);
        // One that is not there is gone already.
        return deleted.Failure?.Code == ErrorCodes.NotFound ? MlflowRoutes.Nothing : deleted.Nothing();
    }

    private static string Checked(string alias)
    {
        if (!alias.All(c => char.IsLetterOrDigit(c) || c is '_' or '-')) throw MlflowCall.Bad($"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).");
        return alias.Length <= MostLength ? alias : throw MlflowCall.Bad($"'Registered model alias name' exceeds the maximum length of {MostLength} characters");
    }

    private static bool IsLatest(string alias) => alias.Equals(Latest, StringComparison.OrdinalIgnoreCase);
}
