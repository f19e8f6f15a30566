using System.Globalization;
using Dowel.Client.Monitoring;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>Tests for drift between two windows of the prediction log.</summary>
public partial class DriftPanel
{
    private string referenceFrom = "";
    private string referenceTo = "";
    private string currentFrom = "";
    private string currentTo = "";
    private string alpha = "0.01";
    private bool busy;
    private Problem? failure;
    private IReadOnlyList<DriftReport>? reports;

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    [SupplyParameterFromQuery(Name = "report")] private string? reportId { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Endpoint.Id;

    private DriftReport? shown => reports?.FirstOrDefault(r => r.Id == reportId) ?? reports?.FirstOrDefault();

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        reports = await Api.Monitoring.DriftReportsAsync(Endpoint.Id, cancellationToken);
        var (reference, current) = SuggestedWindows.Of(null, null);
        await FailureOfAsync(async ct => (reference, current) = await Api.Monitoring.SuggestDriftWindowsAsync(Endpoint.Id, reports.FirstOrDefault(), Time, ct));
        (referenceFrom, referenceTo, currentFrom, currentTo) = (DriftWindows.Write(reference.From), DriftWindows.Write(reference.To), DriftWindows.Write(current.From), DriftWindows.Write(current.To));
    }

    // A mean comes as text with all of its digits.
    private static string Summary(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Formats.Number(number) : text;

    private async Task RunAsync()
    {
        if (!DriftWindows.TryRead(referenceFrom, out var rf) | !DriftWindows.TryRead(referenceTo, out var rt) | !DriftWindows.TryRead(currentFrom, out var cf) | !DriftWindows.TryRead(currentTo, out var ct))
        {
            failure = Problems.Of(ErrorCodes.Invalid, "A time could not be read.");
            return;
        }
        var (reference, current) = (new Window(rf, rt), new Window(cf, ct));
        if (DriftWindows.Wrong(reference, current, Time.GetUtcNow()) is { } wrong)
        {
            failure = Problems.Of(ErrorCodes.Invalid, wrong) with { Remedy = "Choose two different stretches of time." };
            return;
        }
        busy = true;
        failure = await FailureOfAsync(async token =>
        {
            var report = await Api.Monitoring.DriftAsync(Endpoint.Id, new DriftRequest { Reference = reference, Current = current, Alpha = double.Parse(alpha, CultureInfo.InvariantCulture) }, token);
            reports = [report, .. reports ?? []];
        });
        busy = false;
        if (failure is null) SetQuery(("report", null));
    }
}
