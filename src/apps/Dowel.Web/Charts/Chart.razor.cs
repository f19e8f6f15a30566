using Plotly.Blazor;

namespace Dowel.Web.Charts;

/// <summary>Draws a chart in the theme's colours, and draws it anew when the model or the scheme changes.</summary>
public partial class Chart
{
    private readonly Config config = PlotlyChartBuilder.Config();
    private PlotlyChart? plot;
    private IList<ITrace> traces = [];
    private Plotly.Blazor.Layout look = new();
    private ChartModel? drawn;
    private bool drawnDark;
    private bool stale;
    private int key;

    /// <summary>The chart.</summary>
    [Parameter, EditorRequired] public ChartModel Model { get; set; } = new();

    /// <summary>What it shows, for screen readers.</summary>
    [Parameter, EditorRequired] public string Label { get; set; } = "";

    /// <summary>Height in pixels.</summary>
    [Parameter] public int Height { get; set; } = 280;

    /// <summary>What to say where there is nothing to draw.</summary>
    [Parameter] public string Empty { get; set; } = "Nothing to draw yet.";

    [CascadingParameter(Name = "Dark")] private bool Dark { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (ReferenceEquals(drawn, Model) && drawnDark == Dark) return;
        var colors = ChartColors.Of(Dark);
        var next = PlotlyChartBuilder.Traces(Model, colors);
        // Plotly updates the traces it has; with other ones a new plot is cleaner.
        if (drawn is not null && (next.Count != traces.Count || drawnDark != Dark)) key++;
        else stale = drawn is not null;
        traces = next;
        look = PlotlyChartBuilder.Layout(Model, colors);
        (drawn, drawnDark) = (Model, Dark);
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!stale || plot is null) return;
        stale = false;
        await plot.React();
    }
}
