namespace Dowel.Registry.Stages;

/// <summary>MLflow's stages (mlflow/entities/model_registry/model_version_stages.py): at most one a version.</summary>
internal static class StageRules
{
    public const string None = "None", Staging = "Staging", Production = "Production", Archived = "Archived";

    public static IReadOnlyList<string> All { get; } = [None, Staging, Production, Archived];

    /// <summary>The stage as it is written, from any case; null if there is none of that name.</summary>
    public static string? Canonical(string? stage) => All.FirstOrDefault(s => s.Equals(stage, StringComparison.OrdinalIgnoreCase));
}
