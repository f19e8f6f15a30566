using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Protocols.Mlflow.Wire;
using Dowel.Registry.Search;

namespace Dowel.Protocols.Mlflow.Registry;

/// <summary>Writes models and versions as mlflow/entities/model_registry does.</summary>
internal static class RegistryJson
{
    public static void Model(Utf8JsonWriter json, ModelCard model) => json.Object("registered_model", j => ModelFields(j, model));

    public static void Version(Utf8JsonWriter json, ModelVersion version) => json.Object("model_version", j => VersionFields(j, version));

    public static void ModelFields(Utf8JsonWriter json, ModelCard model)
    {
        json.WriteString("name", model.Name);
        json.WriteNumber("creation_timestamp", model.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("last_updated_timestamp", model.UpdatedAt.ToUnixTimeMilliseconds());
        if (model.Description.Length > 0) json.WriteString("description", model.Description);
        json.List("latest_versions", model.Latest, (j, v) => VersionFields(j, v, aliases: false));
        json.Pairs("tags", [.. model.Tags]);
        json.List("aliases", model.Aliases, (j, a) =>
        {
            j.WriteString("alias", a.Key);
            j.WriteString("version", a.Value.ToString(CultureInfo.InvariantCulture));
        });
    }

    public static void VersionFields(Utf8JsonWriter json, ModelVersion version) => VersionFields(json, version, aliases: true);

    private static void VersionFields(Utf8JsonWriter json, ModelVersion version, bool aliases)
    {
        json.WriteString("name", version.Model);
        json.WriteString("version", version.Version.ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("creation_timestamp", version.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("last_updated_timestamp", version.UpdatedAt.ToUnixTimeMilliseconds());
        json.WriteString("current_stage", version.Stage);
        json.WriteString("description", version.Description);
        json.WriteString("source", version.Source);
        json.WriteString("run_id", version.RunId ?? "");
        // A version is registered whole or not at all.
        json.WriteString("status", "READY");
        json.Pairs("tags", [.. version.Tags]);
        json.WriteString("run_link", version.RunLink);
        if (!aliases || version.Aliases.Count == 0) return;
        json.WriteStartArray("aliases");
        foreach (var alias in version.Aliases) json.WriteStringValue(alias);
        json.WriteEndArray();
    }
}
