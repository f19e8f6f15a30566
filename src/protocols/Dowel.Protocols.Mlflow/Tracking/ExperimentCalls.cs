using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Search;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Tracking;

/// <summary>Experiments (mlflow/protos/service.proto).</summary>
internal static class ExperimentCalls
{
    private const int NameLength = 500;
    private const int TagValueLength = 5000;
    private const int MostResults = 50_000;

    public static void MapExperimentCalls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapCall("POST", "experiments/create", "contributor of the project", Create);
        endpoints.MapCall("GET", "experiments/get", "read on the experiment", Get);
        endpoints.MapCall("GET", "experiments/get-by-name", "read on the experiment", GetByName);
        endpoints.MapCall("POST", "experiments/search", "what the caller may see", Search);
        endpoints.MapCall("GET", "experiments/search", "what the caller may see", Search);
        endpoints.MapCall("POST", "experiments/update", "edit on the experiment", Update);
        endpoints.MapCall("POST", "experiments/delete", "manage on the experiment", call => SetDeleted(call, true));
        endpoints.MapCall("POST", "experiments/restore", "manage on the experiment", call => SetDeleted(call, false));
        endpoints.MapCall("POST", "experiments/set-experiment-tag", "edit on the experiment", SetTag);
        endpoints.MapCall("POST", "experiments/delete-experiment-tag", "edit on the experiment", DeleteTag);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Create(MlflowCall call)
    {
        var name = Name(call.Required("name"));
        var location = call.Text("artifact_location");
        if (location is { Length: > 0 } && CheckLocation(location) is { } wrong) throw MlflowCall.Bad(wrong);
        var tags = call.Pairs("tags");
        foreach (var (key, value) in tags) CheckTag(key, value);
        var made = await call.Get<ExperimentService>().CreateResourceAsync(call.Actor,
            new CreateExperiment { Name = name, Project = call.Project, Tags = tags.GroupBy(t => t.Key).ToDictionary(g => g.Key, g => g.Last().Value) }, string.IsNullOrEmpty(location) ? null : location, call.Aborted);
        if (!made.TryGet(out var experiment, out var failure))
            return failure.Code == ErrorCodes.Exists ? failure with { Detail = $"Experiment(name={name}) already exists, in use or in the bin. Restore it, delete it for good, or choose another name." } : failure;
        return Write(j => j.WriteString("experiment_id", experiment.Id));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Get(MlflowCall call)
        => await AnswerAsync(call, await call.ExperimentAsync(call.Required("experiment_id"), Permission.Read));

    private static async Task<Result<Action<Utf8JsonWriter>>> GetByName(MlflowCall call)
    {
        var name = call.Required("experiment_name");
        var found = await call.Get<IResourceService>().FindNamedAsync(call.Actor, ResourceKind.Experiment, name, call.Project, call.Aborted);
        if (!found.TryGet(out var experiment, out var failure)) return failure;
        return experiment is null ? new Failure(ErrorCodes.NotFound, $"Could not find experiment with name '{name}'") : await AnswerAsync(call, experiment);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Search(MlflowCall call)
    {
        var limit = call.Integer("max_results") switch
        {
            // The client always says how many; a message without it asks for none in MLflow, which helps nobody.
            null => 1000,
            < 1 => throw MlflowCall.Bad($"Invalid value {call.Integer("max_results")} for parameter 'max_results' supplied. It must be a positive integer."),
            > MostResults => throw MlflowCall.Bad($"Invalid value {call.Integer("max_results")} for parameter 'max_results' supplied. It must be at most {MostResults}"),
            { } given => (int)given,
        };
        var order = Orders(call.Texts("order_by"));
        var found = await call.Get<ExperimentSearch>().SearchAsync(call.Actor, call.Project, View(call.Choice("view_type")), call.Text("filter"), order, limit, call.Text("page_token"), call.Aborted);
        return found.Map<Action<Utf8JsonWriter>>(page => j =>
        {
            j.List("experiments", page.Experiments, (w, e) => WriteExperiment(w, e.Resource, e.ArtifactLocation));
            j.Text("next_page_token", page.NextToken);
        });
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Update(MlflowCall call)
    {
        var id = call.Required("experiment_id");
        var name = Name(call.Required("new_name"));
        var experiment = await call.ExperimentAsync(id, Permission.Edit);
        // A state that a repetition does not mend: a 4xx, though MLflow's own server answers 500 and its client tries in vain.
        if (experiment.DeletedAt is not null) throw MlflowCall.Bad("Cannot rename a non-active experiment.");
        return (await call.Get<ExperimentService>().UpdateAsync(call.Actor, experiment, new ResourcePatch { Name = name }, null, call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> SetDeleted(MlflowCall call, bool deleted)
    {
        var experiment = await call.ExperimentAsync(call.Required("experiment_id"), Permission.Manage);
        if (experiment.DeletedAt is not null == deleted)
            return new Failure(ErrorCodes.NotFound, $"No Experiment with id={experiment.Id} exists in the {(deleted ? "active" : "deleted")} state");
        return (await call.Get<ExperimentService>().SetDeletedAsync(call.Actor, experiment, deleted, call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    private static Task<Result<Action<Utf8JsonWriter>>> SetTag(MlflowCall call)
    {
        var (key, value) = (call.Required("key"), call.Text("value") ?? "");
        CheckTag(key, value);
        return TagAsync(call, key, value);
    }

    private static Task<Result<Action<Utf8JsonWriter>>> DeleteTag(MlflowCall call) => TagAsync(call, call.Required("key"), null);

    private static async Task<Result<Action<Utf8JsonWriter>>> TagAsync(MlflowCall call, string key, string? value)
    {
        var experiment = await call.ActiveExperimentAsync(call.Required("experiment_id"), Permission.Edit);
        if (value is null && !experiment.Info.Tags.ContainsKey(key)) return new Failure(ErrorCodes.NotFound, $"No tag with name: {key} in experiment with id {experiment.Id}");
        return (await call.Get<ExperimentService>().TagAsync(call.Actor, experiment, key, value, call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> AnswerAsync(MlflowCall call, Resource experiment)
    {
        var location = await call.Get<ExperimentService>().LocationAsync(experiment.Id, call.Aborted);
        return Write(j => j.Object("experiment", w => WriteExperiment(w, experiment, location)));
    }

    private static void WriteExperiment(Utf8JsonWriter json, Resource experiment, string location)
    {
        json.WriteString("experiment_id", experiment.Id);
        json.WriteString("name", experiment.Name);
        json.WriteString("artifact_location", location);
        json.WriteString("lifecycle_stage", RunJson.Stage(experiment.DeletedAt is not null));
        json.WriteNumber("last_update_time", experiment.Info.UpdatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("creation_time", experiment.Info.CreatedAt.ToUnixTimeMilliseconds());
        json.Pairs("tags", experiment.Info.Tags.ToList());
    }

    public static IReadOnlyList<OrderTerm> Orders(IReadOnlyList<string> terms) => [.. terms.Select(t => FilterParser.ParseOrder(t).Value)];

    public static LifecycleView View(string? text) => text switch
    {
        null or "" or "ACTIVE_ONLY" or "1" => LifecycleView.Active,
        "DELETED_ONLY" or "2" => LifecycleView.Deleted,
        "ALL" or "3" => LifecycleView.All,
        _ => throw MlflowCall.Bad($"Invalid value \"{text}\" for parameter 'view_type' supplied: expected ACTIVE_ONLY, DELETED_ONLY or ALL."),
    };

    private static Action<Utf8JsonWriter> Write(Action<Utf8JsonWriter> write) => write;

    private static string Name(string name) => name.Length <= NameLength ? name : throw MlflowCall.Bad($"'name' exceeds the maximum length of {NameLength} characters");

    private static void CheckTag(string key, string value)
    {
        if (LogRules.NameProblem(key) is { } wrong) throw MlflowCall.Bad($"Invalid value \"{key}\" for parameter 'key' supplied: {wrong}");
        if (key.Length > LogRules.KeyLength) throw MlflowCall.Bad($"'key' exceeds the maximum length of {LogRules.KeyLength} characters");
        if (value.Length > TagValueLength) throw MlflowCall.Bad($"'value' exceeds the maximum length of {TagValueLength} characters");
    }

    // Dowel's own store needs no location; another one is the clients' own business, as long as it is one that a URI names.
    private static string? CheckLocation(string location)
    {
        if (location.Length > 2048) return "Invalid artifact path length. The length of the artifact path cannot be greater than 2048 characters.";
        if (location.StartsWith("runs:", StringComparison.Ordinal)) return $"Artifact location cannot be a runs:/ URI. Given: '{location}'";
        if (location.Contains('#') || location.Contains(';')) return "'artifact_location' URL can't include fragments or params.";
        if (location.Split('/', '\\').Any(p => Uri.UnescapeDataString(p) is "..")) return $"Invalid artifact location '{location}': it must not climb.";
        return location.IndexOf(":/", StringComparison.Ordinal) is > 1 && !location.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? null
            : $"Invalid artifact location '{location}': expected the URI of a store, such as s3://bucket/folder; leave it out for Dowel's own.";
    }
}
