using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Registry;

/// <summary>The calls of MLflow's model registry (mlflow/protos/model_registry.proto). Prompts are models and versions with tags; their client needs nothing else.</summary>
internal static class RegistryRoutes
{
    public static void MapRegistry(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapCall("POST", "registered-models/create", "contributor of the project", ModelCalls.CreateAsync);
        endpoints.MapCall("GET", "registered-models/get", "read on the model", ModelCalls.GetAsync);
        endpoints.MapCall("GET", "registered-models/search", "what the caller may see", ModelCalls.SearchAsync);
        endpoints.MapCall("PATCH", "registered-models/update", "edit on the model", ModelCalls.UpdateAsync);
        endpoints.MapCall("POST", "registered-models/rename", "edit on the model", ModelCalls.RenameAsync);
        endpoints.MapCall("DELETE", "registered-models/delete", "manage on the model", ModelCalls.DeleteAsync);
        endpoints.MapCall("POST", "registered-models/set-tag", "edit on the model", ModelCalls.SetTagAsync);
        endpoints.MapCall("DELETE", "registered-models/delete-tag", "edit on the model", ModelCalls.DeleteTagAsync);
        endpoints.MapCall("POST", "registered-models/get-latest-versions", "read on the model", ModelCalls.LatestAsync);
        endpoints.MapCall("GET", "registered-models/get-latest-versions", "read on the model", ModelCalls.LatestAsync);

        endpoints.MapCall("POST", "registered-models/alias", "edit on the model", AliasCalls.SetAsync);
        endpoints.MapCall("GET", "registered-models/alias", "read on the model", AliasCalls.GetAsync);
        endpoints.MapCall("DELETE", "registered-models/alias", "edit on the model", AliasCalls.DeleteAsync);

        endpoints.MapCall("POST", "model-versions/create", "edit on the model", VersionCalls.CreateAsync);
        endpoints.MapCall("GET", "model-versions/get", "read on the model", VersionCalls.GetAsync);
        endpoints.MapCall("GET", "model-versions/search", "what the caller may see", VersionCalls.SearchAsync);
        endpoints.MapCall("GET", "model-versions/get-download-uri", "read on the model", VersionCalls.DownloadUriAsync);
        endpoints.MapCall("PATCH", "model-versions/update", "edit on the model", VersionCalls.UpdateAsync);
        endpoints.MapCall("POST", "model-versions/transition-stage", "edit on the model", VersionCalls.TransitionAsync);
        endpoints.MapCall("DELETE", "model-versions/delete", "manage on the model", VersionCalls.DeleteAsync);
        endpoints.MapCall("POST", "model-versions/set-tag", "edit on the model", VersionCalls.SetTagAsync);
        endpoints.MapCall("DELETE", "model-versions/delete-tag", "edit on the model", VersionCalls.DeleteTagAsync);
    }
}
