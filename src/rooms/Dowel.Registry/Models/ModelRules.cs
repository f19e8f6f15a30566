using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Models;

/// <summary>What holds for every model.</summary>
internal static class ModelRules
{
    /// <summary>A name stands in URIs (<c>models:/NAME/VERSION</c>), so as MLflow does it keeps '/' and ':' out.</summary>
    public static Failure? CheckName(string field, string? name)
        => name?.AsSpan().ContainsAny('/', ':') == true ? Failure.Invalid(field, name, "a name without '/' and ':'") : null;

    /// <summary>Locks a model's row: changes of one model line up behind it. False if there is no such model.</summary>
    public static async Task<bool> LockAsync(DbSession session, string modelId)
        => await session.ExecuteAsync("UPDATE registry_models SET last_version = last_version WHERE id = @modelId", new { modelId }) > 0;
}
