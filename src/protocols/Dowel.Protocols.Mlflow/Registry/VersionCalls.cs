using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;
using Dowel.Registry.Search;
using Dowel.Registry.Stages;
using Dowel.Registry.Versions;

namespace Dowel.Protocols.Mlflow.Registry;

using Answered = Task<Result<Action<Utf8JsonWriter>>>;

/// <summary>The calls of model versions.</summary>
internal static class VersionCalls
{
    private const int DefaultResults = 10_000;
    private const int MostResults = 200_000;

    public static async Answered CreateAsync(MlflowCall call)
    {
        var (_, source) = (call.Required("name"), call.Required("source"));
        var spec = new CreateModelVersion
        {
            Source = source,
            RunId = call.Text("run_id") ?? "",
            LoggedModelId = call.Text("model_id"),
            RunLink = call.Text("run_link"),
            Description = call.Text("description"),
            Tags = RegistryTags.Read(call),
        };
        if (!(await call.ModelAsync(Permission.Edit)).TryGet(out var model, out var failure)) return failure;
        return (await call.Get<VersionService>().CreateAsync(call.Actor, model, spec, call.Aborted)).Answer(RegistryJson.Version);
    }

    public static async Answered GetAsync(MlflowCall call)
        => (await call.VersionAsync(Permission.Read)).TryGet(out var found, out var failure)
            ? (await call.Get<VersionService>().GetAsync(found.Model, found.Version, call.Aborted)).Said(call).Answer(RegistryJson.Version)
            : failure;

    public static async Answered SearchAsync(MlflowCall call)
    {
        // A page is never larger than the default, however much is asked for at once: the client goes on by the token.
        var found = await call.Get<RegistrySearch>().VersionsAsync(call.Actor, ModelCalls.Query(call, DefaultResults, MostResults, DefaultResults), call.Aborted);
        return found.Answer((json, page) =>
        {
            json.List("model_versions", page.Items, RegistryJson.VersionFields);
            json.Text("next_page_token", page.NextCursor);
        });
    }

    public static async Answered DownloadUriAsync(MlflowCall call)
        => (await call.VersionAsync(Permission.Read)).TryGet(out var found, out var failure)
            ? (await call.Get<VersionService>().DownloadUriAsync(found.Model, found.Version, call.Aborted)).Said(call).Answer((json, uri) => json.WriteString("artifact_uri", uri))
            : failure;

    public static Answered UpdateAsync(MlflowCall call) => PatchAsync(call, new PatchModelVersion { Description = call.Text("description") ?? "" });

    public static async Answered TransitionAsync(MlflowCall call)
    {
        var move = new SetStage(call.Required("stage"), call.Flag("archive_existing_versions") ?? false);
        return (await call.VersionAsync(Permission.Edit)).TryGet(out var found, out var failure)
            ? (await call.Get<StageService>().MoveAsync(call.Actor, found.Model, found.Version, move, call.Aborted)).Said(call).Answer(RegistryJson.Version)
            : failure;
    }

    public static async Answered DeleteAsync(MlflowCall call)
        => (await call.VersionAsync(Permission.Manage)).TryGet(out var found, out var failure)
            ? (await call.Get<VersionEdits>().DeleteAsync(call.Actor, found.Model, found.Version, null, call.Aborted)).Said(call).Nothing()
            : failure;

    public static async Answered SetTagAsync(MlflowCall call)
    {
        var (key, value) = RegistryTags.Checked(call.Required("key"), call.Text("value") ?? "");
        return (await PatchAsync(call, new PatchModelVersion { Tags = new Dictionary<string, string?> { [key] = value } })).Nothing();
    }

    public static async Answered DeleteTagAsync(MlflowCall call)
    {
        var key = RegistryTags.CheckedKey(call.Required("key"));
        return (await PatchAsync(call, new PatchModelVersion { Tags = new Dictionary<string, string?> { [key] = null } })).Nothing();
    }

    private static async Answered PatchAsync(MlflowCall call, PatchModelVersion patch)
        => (await call.VersionAsync(Permission.Edit)).TryGet(out var found, out var failure)
            ? (await call.Get<VersionEdits>().PatchAsync(call.Actor, found.Model, found.Version, patch, call.Aborted)).Said(call).Answer(RegistryJson.Version)
            : failure;
}
