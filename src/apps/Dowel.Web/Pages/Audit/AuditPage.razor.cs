namespace Dowel.Web.Pages.Audit;

/// <summary>The audit trail.</summary>
public partial class AuditPage
{
    private readonly HashSet<long> open = [];
    private List<AuditRecord>? records;
    private string? cursor;
    private AuditVerification? verification;
    private bool verifying;

    [SupplyParameterFromQuery(Name = "actor")] private string? actor { get; set; }

    [SupplyParameterFromQuery(Name = "action")] private string? action { get; set; }

    [SupplyParameterFromQuery(Name = "resource")] private string? resource { get; set; }

    [SupplyParameterFromQuery(Name = "outcome")] private string? outcome { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{actor}\n{action}\n{resource}\n{outcome}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var page = await Api.Audit.ListAsync(Query(null), cancellationToken);
        if (key == LoadKey) (records, cursor) = ([.. page.Items], page.NextCursor);
    }

    private AuditQuery Query(string? from) => new() { Actor = actor, Action = action, Resource = resource, Outcome = outcome, Cursor = from, Limit = 50 };

    private void Toggle(long seq)
    {
        if (!open.Remove(seq)) open.Add(seq);
    }

    private async Task VerifyAsync()
    {
        verifying = true;
        await DoAsync(async ct => verification = await Api.Audit.VerifyAsync(ct));
        verifying = false;
    }

    private async Task MoreAsync() => await DoAsync(async ct =>
    {
        var page = await Api.Audit.ListAsync(Query(cursor), ct);
        records!.AddRange(page.Items);
        cursor = page.NextCursor;
    });
}
