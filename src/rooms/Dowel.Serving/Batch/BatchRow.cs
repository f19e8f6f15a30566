using Dowel.Contracts;
using Dowel.Serving.Deployments;

namespace Dowel.Serving.Batch;

/// <summary>A row of <c>serving_batch_runs</c>, with the project's name.</summary>
internal sealed class BatchRow
{
    public string Id { get; set; } = "";
    public string ProjectId { get; set; } = "";
    public string Project { get; set; } = "";
    public string UserId { get; set; } = "";
    public string UserName { get; set; } = "";
    public string? ProjectScope { get; set; }
    public string Remote { get; set; } = "";
    public string? EndpointId { get; set; }
    public string? Endpoint { get; set; }
    public string? ModelId { get; set; }
    public string? Model { get; set; }
    public int? Version { get; set; }
    public string? Runtime { get; set; }
    public string InputId { get; set; } = "";
    public string Input { get; set; } = "";
    public int InputVersion { get; set; }
    public string Output { get; set; } = "";
    public string Plan { get; set; } = "{}";
    /// <summary>Counts how often it was resumed, from 1.</summary>
    public int Attempt { get; set; } = 1;
    public string State { get; set; } = StateText(BatchState.Queued);
    public string? Message { get; set; }
    public long RowCount { get; set; }
    public long Done { get; set; }
    public long Failed { get; set; }
    public string? Result { get; set; }
    public long CreatedAt { get; set; }
    public long? StartedAt { get; set; }
    public long? EndedAt { get; set; }

    public BatchPlan PlanOf => Json.Read<BatchPlan>(Plan)!;
    public BatchState StateOf => Enum.Parse<BatchState>(State, ignoreCase: true);

    /// <summary>What it stands for in the sources of versions: it publishes once, unless it is resumed, which may answer more rows.</summary>
    public string Key => Attempt == 1 ? Id : $"{Id}/{Attempt}";

    public object Describe() => new { Endpoint, Model, Version, Input, InputVersion, Output, PlanOf.Columns, PlanOf.Keep, PlanOf.Settings };

    public static string StateText(BatchState state) => state.ToString().ToLowerInvariant();
}

/// <summary>How a run goes about it.</summary>
internal sealed record BatchPlan(IReadOnlyDictionary<string, string>? Columns, IReadOnlyList<string>? Keep, BatchSettings Settings);
