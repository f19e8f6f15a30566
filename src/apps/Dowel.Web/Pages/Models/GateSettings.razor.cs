namespace Dowel.Web.Pages.Models;

/// <summary>The settings of a model's gate.</summary>
public partial class GateSettings
{
    private string aliases = "";
    private string bounds = "";
    private double? latency;
    private bool signature;
    private bool example;
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
        mayEdit = Model.Access >= Permission.Edit;
        var gate = Model.Gate;
        (aliases, bounds, latency, signature, example) = (string.Join(", ", gate.ProtectedAliases), MetricBounds.Write(gate.Metrics), gate.LatencyBudgetMs, gate.RequireSignature, gate.RequireInputExample);
    }

    private async Task SaveAsync()
    {
        if (!MetricBounds.TryRead(bounds, out var metrics, out var wrong))
        {
            failure = Problems.Of(ErrorCodes.Invalid, wrong);
            return;
        }
        busy = true;
        var gate = new ValidationGate
        {
            ProtectedAliases = (aliases ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            Metrics = metrics, LatencyBudgetMs = latency, RequireSignature = signature, RequireInputExample = example,
        };
        failure = await FailureOfAsync(ct => Api.Models.SetGateAsync(Model.Id, gate, ct));
        busy = false;
        if (failure is not null) return;
        Snackbar.Add("The gate is saved.", Severity.Success);
        await OnSaved.InvokeAsync();
    }
}
