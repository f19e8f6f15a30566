using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.LoggedModels;

/// <summary>Ids of logged models. Their beginning tells them from those of runs: both own artifacts.</summary>
internal static class LoggedModelIds
{
    public static string New() => $"m-{Guid.CreateVersion7():n}";

    public static bool IsModel(string id) => id.StartsWith("m-", StringComparison.Ordinal);

    public static Failure NotFound(string id) => new(ErrorCodes.NotFound, $"Logged model with ID '{id}' not found.");
}

/// <summary>Which experiment a logged model belongs to; it never changes, so it is answered from memory.</summary>
internal sealed class LoggedModelDirectory(IDb db)
{
    private const int Most = 200_000;
    private readonly ConcurrentDictionary<string, string> _experiments = new(StringComparer.Ordinal);

    /// <summary>The id of the model's experiment, or null.</summary>
    public async ValueTask<string?> ExperimentOfAsync(string modelId, CancellationToken cancellationToken)
    {
        if (_experiments.TryGetValue(modelId, out var known)) return known;
        var found = await db.ReadAsync(s => s.ScalarAsync<string>("SELECT e.id FROM experiments_models m JOIN experiments_experiments e ON e.no = m.experiment_no WHERE m.id = @modelId", new { modelId }), cancellationToken);
        if (found is null) return null;
        if (_experiments.Count >= Most) _experiments.Clear();
        return _experiments[modelId] = found;
    }
}
