namespace Dowel.Web.Pages.Experiments;

/// <summary>How curves are drawn, and which: all of it in the address.</summary>
public partial class CurveControls
{
    private static readonly (string Key, string Title)[] across = [("step", "Step"), ("time", "Time"), ("relative", "Relative")];

    /// <summary>All metrics there are.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<string> Metrics { get; set; } = [];

    /// <summary>Those that are drawn.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<string> Shown { get; set; } = [];

    /// <summary>Whether they are refreshed.</summary>
    [Parameter] public bool IsLive { get; set; }

    [SupplyParameterFromQuery(Name = "smooth")] private double? smooth { get; set; }

    [SupplyParameterFromQuery(Name = "x")] private string? x { get; set; }

    [SupplyParameterFromQuery(Name = "log")] private string? log { get; set; }

    private CurveOptions Options => Read(smooth, x, log);

    internal static CurveOptions Read(double? smooth, string? x, string? log) => new(smooth is >= 0 and <= 0.99 ? smooth.Value : 0, x is "time" or "relative" ? x : "step", log == "1");

    private void AddAsync(string? metric)
    {
        if (metric is { Length: > 0 }) SetQuery(("m", string.Join(',', Shown.Append(metric))));
    }
}
