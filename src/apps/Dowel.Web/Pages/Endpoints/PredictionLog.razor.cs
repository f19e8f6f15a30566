namespace Dowel.Web.Pages.Endpoints;

/// <summary>The prediction log of an endpoint.</summary>
public partial class PredictionLog
{
    private readonly HashSet<string> open = [];
    private List<Prediction>? items;
    private string? cursor;

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    [SupplyParameterFromQuery(Name = "caller")] private string? caller { get; set; }

    [SupplyParameterFromQuery(Name = "outcome")] private string? outcome { get; set; }

    [SupplyParameterFromQuery(Name = "since")] private string? since { get; set; }

    private bool all => Me.SeesAllPredictions(Endpoint);

    /// <inheritdoc/>
    protected override string LoadKey => $"{Endpoint.Id}\n{caller}\n{outcome}\n{since}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var page = await Api.Monitoring.PredictionsAsync(Endpoint.Id, Query(null), cancellationToken);
        if (key != LoadKey) return;
        (items, cursor) = ([.. page.Items], page.NextCursor);
    }

    private PredictionQuery Query(string? from) => new()
    {
        Caller = caller, Outcome = outcome is "ok" or "error" ? outcome : null, Cursor = from, Limit = 50,
        From = since is null ? null : Time.GetUtcNow() - TrafficRange.Of(since).Length,
    };

    private void Toggle(string id)
    {
        if (!open.Remove(id)) open.Add(id);
    }

    private async Task MoreAsync() => await DoAsync(async ct =>
    {
        var page = await Api.Monitoring.PredictionsAsync(Endpoint.Id, Query(cursor), ct);
        items!.AddRange(page.Items);
        cursor = page.NextCursor;
    });
}
