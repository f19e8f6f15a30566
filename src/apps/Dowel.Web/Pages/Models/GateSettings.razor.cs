namespace Dowel.Web.Pages.Models;

/// <summary>The settings of a model's gate.</summary>
public partial class GateSettings
{
    private string aliases = "";
    private string bounds = "";
    private SchemaRule schema;
    private double? latency;
    private bool signature;
    private bool example;
    private int approvals;
    private string approvers = "";
    private bool allowCreator;
    private bool mayEdit;
    private bool busy;
    private Problem? failure;

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>After it was saved.</summary>
    [Parameter] public EventCallback OnSaved { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        mayEdit = Model.Access >= Permission.Manage;
        var gate = Model.Gate;
        (aliases, bounds, schema, latency, signature, example) = (string.Join(", ", gate.ProtectedAliases), MetricBounds.Write(gate.Metrics), gate.Schema, gate.LatencyBudgetMs, gate.RequireSignature, gate.RequireInputExample);
        if (gate.Approvals is { } rule) (approvals, approvers, allowCreator) = (rule.Count, string.Join(", ", rule.By), rule.AllowCreator);
    }

    private async Task SaveAsync()
    {
        if (!MetricBounds.TryRead(bounds, out var metrics, out var wrong))
        {
            failure = Problems.Of(ErrorCodes.Invalid, wrong);
            return;
        }
        busy = true;
        // Slices, golden predictions and invariances stay as they are.
        var gate = Model.Gate with
        {
            ProtectedAliases = Names(aliases), Metrics = metrics, Schema = schema, LatencyBudgetMs = latency, RequireSignature = signature, RequireInputExample = example,
            Approvals = approvals > 0 ? new ApprovalRule { Count = approvals, By = Names(approvers), AllowCreator = allowCreator } : null,
        };
        failure = await FailureOfAsync(ct => Api.Models.SetGateAsync(Model.Id, gate, ct));
        busy = false;
        if (failure is not null) return;
        Snackbar.Add("The gate is saved.", Severity.Success);
        await OnSaved.InvokeAsync();
    }

    private static string[] Names(string? text) => (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
