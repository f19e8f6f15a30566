namespace Dowel.Web.Pages.Models;

/// <summary>What a version still needs before protected aliases move to it, and what people said of it.</summary>
public partial class ApprovalPanel
{
    private IReadOnlyList<Approval>? approvals;
    private string alias = "";
    private string comment = "";
    private bool busy;

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>The version.</summary>
    [Parameter, EditorRequired] public ModelVersion Version { get; set; } = new();

    /// <summary>The newest gate result.</summary>
    [Parameter] public GateResult? Gate { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Version.Id}\n{Model.Revision}";

    /// <inheritdoc/>
    protected override void OnInitialized() => alias = Model.Gate.ProtectedAliases.Count > 0 ? Model.Gate.ProtectedAliases[0] : "";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        approvals = Model.Gate.Approvals is null ? [] : await Api.Models.ApprovalsAsync(Model.Id, $"{Version.Version}", cancellationToken);

    private async Task SayAsync(bool approve)
    {
        busy = true;
        if (await DoAsync(ct => Api.Models.ApproveAsync(Model.Id, $"{Version.Version}", new SetApproval(alias, approve, comment.Trim()), ct), approve ? "Approved." : "Rejected."))
        {
            comment = "";
            await ReloadAsync();
        }
        busy = false;
    }
}
