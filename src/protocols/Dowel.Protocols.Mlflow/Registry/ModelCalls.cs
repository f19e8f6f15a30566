using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;
using Dowel.Registry.Models;
using Dowel.Registry.Search;

namespace Dowel.Protocols.Mlflow.Registry;

using Answered = Task<Result<Action<Utf8JsonWriter>>>;

/// <summary>The calls of registered models.</summary>
internal static class ModelCalls
{
    private const int DefaultResults = 100;
    private const int MostResults = 1000;

    public static async Answered CreateAsync(MlflowCall call)
    {
        var name = CheckedName(call.Required("name"));
        var tags = RegistryTags.Read(call);
        // MLflow's clients know nothing of gates: a model that they make has none, until somebody sets one.
        var spec = new CreateModel { Name = name, Description = call.Text("description"), Tags = tags, Project = call.Project, Gate = new ValidationGate { ProtectedAliases = [] } };
        var created = await call.Get<ModelService>().CreateAsync(call.Actor, spec, call.Aborted);
        if (created.TryGet(out var model, out var failure)) return await CardAsync(call, model.Id);
        return failure.Code == ErrorCodes.Exists ? await TakenAsync(call, name, RegistryTags.IsPrompt(tags)) : failure;
    }

    public static async Answered GetAsync(MlflowCall call)
        => (await call.ModelAsync(Permission.Read)).TryGet(out var model, out var failure) ? await CardAsync(call, model.Id) : failure;

    public static async Answered SearchAsync(MlflowCall call)
    {
        var found = await call.Get<RegistrySearch>().ModelsAsync(call.Actor, Query(call, DefaultResults, MostResults, MostResults), call.Aborted);
        return found.Answer((json, page) =>
        {
            json.List("registered_models", page.Items, RegistryJson.ModelFields);
            json.Text("next_page_token", page.NextCursor);
        });
    }

    public static async Answered UpdateAsync(MlflowCall call)
    {
        if (!(await call.ModelAsync(Permission.Edit)).TryGet(out var model, out var failure)) return failure;
        var patch = new ResourcePatch { Description = call.Text("description") ?? "" };
        return await UpdatedAsync(call, await call.Get<ModelEdits>().UpdateAsync(call.Actor, model, patch, null, null, call.Aborted));
    }

    public static async Answered RenameAsync(MlflowCall call)
    {
        if (!(await call.ModelAsync(Permission.Edit)).TryGet(out var model, out var failure)) return failure;
        var name = CheckedName(call.Required("new_name"));
        var renamed = await call.Get<ModelEdits>().UpdateAsync(call.Actor, model, new ResourcePatch { Name = name }, null, null, call.Aborted);
        return renamed.Failure?.Code == ErrorCodes.Exists ? new Failure(ErrorCodes.Exists, $"Registered Model (name={name}) already exists.") : await UpdatedAsync(call, renamed);
    }

    public static async Answered DeleteAsync(MlflowCall call)
        => (await call.ModelAsync(Permission.Manage)).TryGet(out var model, out var failure) ? (await call.Get<ModelService>().DeleteAsync(call.Actor, model, null, call.Aborted)).Nothing() : failure;

    public static async Answered SetTagAsync(MlflowCall call)
    {
        var (key, value) = RegistryTags.Checked(call.Required("key"), call.Text("value") ?? "");
        return await TagAsync(call, key, value);
    }

    public static Answered DeleteTagAsync(MlflowCall call) => TagAsync(call, RegistryTags.CheckedKey(call.Required("key")), null);

    public static async Answered LatestAsync(MlflowCall call)
    {
        if (!(await call.ModelAsync(Permission.Read)).TryGet(out var model, out var failure)) return failure;
        return (await call.Get<RegistrySearch>().LatestAsync(model, call.Texts("stages"), call.Aborted)).Answer((json, versions) => json.List("model_versions", versions, RegistryJson.VersionFields));
    }

    public static SearchQuery Query(MlflowCall call, int results, long most, int page)
    {
        var limit = call.Integer("max_results") ?? results;
        if (limit > most) throw MlflowCall.Invalid("max_results", $"\"{limit}\"", "str");
        if (limit < 1) throw MlflowCall.Bad($"Invalid value for max_results. It must be a positive integer, but got {limit}");
        return new SearchQuery(call.Text("filter"), call.Texts("order_by"), (int)Math.Min(limit, page), call.Text("page_token"), call.Project);
    }

    private static async Answered TagAsync(MlflowCall call, string key, string? value)
    {
        if (!(await call.ModelAsync(Permission.Edit)).TryGet(out var model, out var failure)) return failure;
        if (value is null && !model.Info.Tags.ContainsKey(key)) return MlflowRoutes.Nothing;
        return (await call.Get<ModelEdits>().TagAsync(call.Actor, model, new Dictionary<string, string?> { [key] = value }, null, call.Aborted)).Nothing();
    }

    private static async Answered UpdatedAsync(MlflowCall call, Result<Resource> updated)
        => updated.TryGet(out var model, out var failure) ? await CardAsync(call, model.Id) : failure;

    private static async Answered CardAsync(MlflowCall call, string id)
        => await call.Get<RegistrySearch>().CardAsync(id, call.Aborted) is { } card ? Result.Ok<Action<Utf8JsonWriter>>(json => RegistryJson.Model(json, card)) : Failure.NotFound("model", id);

    // A model and a prompt cannot have one name; who tries learns which of them has it.
    private static async Answered TakenAsync(MlflowCall call, string name, bool isPrompt)
    {
        var found = await call.Get<IResourceService>().FindNamedAsync(call.Actor, ResourceKind.Model, name, call.Project, call.Aborted);
        var old = found.TryGet(out var model, out _) && model is not null && RegistryTags.IsPrompt(model.Info.Tags);
        return new Failure(ErrorCodes.Exists, old == isPrompt ? $"{What(isPrompt)} (name={name}) already exists."
            : $"Tried to create a {What(isPrompt).ToLowerInvariant()} with name '{name}', but the name is already taken by a {What(old).ToLowerInvariant()}. MLflow does not allow creating a model and a prompt with the same name.");
    }

    private static string What(bool isPrompt) => isPrompt ? "Prompt" : "Registered Model";

    private static string CheckedName(string name) => ModelRules.CheckName("name", name) is null ? name : throw MlflowCall.Bad($"Invalid model name '{name}'. Names cannot contain '/' or ':'.");
}
