using System.Globalization;
using Plotly.Blazor;
using Plotly.Blazor.LayoutLib;
using Plotly.Blazor.Traces;
using Plotly.Blazor.Traces.ScatterLib;
using BarMarker = Plotly.Blazor.Traces.BarLib.Marker;
using PointMarker = Plotly.Blazor.Traces.ScatterLib.Marker;
using XTitle = Plotly.Blazor.LayoutLib.XAxisLib.Title;
using YTitle = Plotly.Blazor.LayoutLib.YAxisLib.Title;

namespace Dowel.Web.Charts;

/// <summary>Says a chart in Plotly's words. The only file that knows them.</summary>
internal static class PlotlyChartBuilder
{
    private const string Font = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif";

    public static Config Config() => new() { Responsive = true, DisplayLogo = false, DisplayModeBar = Plotly.Blazor.ConfigLib.DisplayModeBarEnum.False };

    public static IList<ITrace> Traces(ChartModel model, ChartColors colors) =>
        [.. model.Contour is { } contour ? [Under(contour, colors)] : Array.Empty<ITrace>(), .. model.Series.Select((series, index) => Trace(model, series, colors.Of(series.Color, series.ColorIndex ?? index)))];

    public static Plotly.Blazor.Layout Layout(ChartModel model, ChartColors colors)
    {
        var font = new Plotly.Blazor.LayoutLib.Font { Family = Font, Size = 12, Color = colors.Text };
        var named = model.Legend && model.Series.Count(s => s.Name.Length > 0) > 1;
        var x = new XAxis
        {
            GridColor = colors.Grid, LineColor = colors.Grid, ZeroLine = false, AutoMargin = Plotly.Blazor.LayoutLib.XAxisLib.AutoMarginFlag.True, ShowGrid = model.XKind == AxisKind.Number,
            Type = model.XKind switch { AxisKind.Category => Plotly.Blazor.LayoutLib.XAxisLib.TypeEnum.Category, AxisKind.Time => Plotly.Blazor.LayoutLib.XAxisLib.TypeEnum.Date, _ => Plotly.Blazor.LayoutLib.XAxisLib.TypeEnum.Linear },
        };
        if (model.XRange is { } xs) x.Range = [xs.Low, xs.High];
        if (model.XTimes is { } times) x.Range = [Instant(times.Low), Instant(times.High)];
        var y = new YAxis
        {
            GridColor = colors.Grid, LineColor = colors.Grid, ZeroLineColor = colors.Grid, AutoMargin = Plotly.Blazor.LayoutLib.YAxisLib.AutoMarginFlag.True,
            TickFormat = model.YFormat ?? "",
        };
        if (model.YLog) y.Type = Plotly.Blazor.LayoutLib.YAxisLib.TypeEnum.Log;
        if (model.YRange is { } ys) y.Range = [ys.Low, ys.High];
        else if (model.FromZero) y.RangeMode = Plotly.Blazor.LayoutLib.YAxisLib.RangeModeEnum.ToZero;
        // An empty title would still take its place.
        var (across, upwards) = model.Horizontal ? (model.YTitle, model.XTitle) : (model.XTitle, model.YTitle);
        if (across is not null) x.Title = new XTitle { Text = across, Standoff = 12 };
        if (upwards is not null) y.Title = new YTitle { Text = upwards, Standoff = 12 };
        if (model.Horizontal)
        {
            (x.Type, y.Type) = (Plotly.Blazor.LayoutLib.XAxisLib.TypeEnum.Linear, Plotly.Blazor.LayoutLib.YAxisLib.TypeEnum.Category);
            (x.ShowGrid, y.ShowGrid) = (true, false);
            x.TickFormat = model.YFormat ?? "";
            y.TickFormat = "";
            // The first bar stands at the top, as in a list.
            y.AutoRange = Plotly.Blazor.LayoutLib.YAxisLib.AutoRangeEnum.Reversed;
        }
        return new Plotly.Blazor.Layout
        {
            AutoSize = true, PaperBgColor = "rgba(0,0,0,0)", PlotBgColor = "rgba(0,0,0,0)", Font = font, ShowLegend = named,
            Margin = new Plotly.Blazor.LayoutLib.Margin { L = 44, R = 12, T = named ? 28 : 10, B = 36, Pad = 2 },
            Legend = [new Legend { Orientation = Plotly.Blazor.LayoutLib.LegendLib.OrientationEnum.H, X = 0, Y = (decimal)1.02, YAnchor = Plotly.Blazor.LayoutLib.LegendLib.YAnchorEnum.Bottom, XAnchor = Plotly.Blazor.LayoutLib.LegendLib.XAnchorEnum.Left }],
            BarMode = model.Stacked ? BarModeEnum.Stack : BarModeEnum.Group, BarGap = (decimal)0.25,
            HoverMode = model.XKind == AxisKind.Number ? HoverModeEnum.Closest : HoverModeEnum.X,
            HoverLabel = new Plotly.Blazor.LayoutLib.HoverLabel { BgColor = colors.Surface, BorderColor = colors.Grid, Font = new Plotly.Blazor.LayoutLib.HoverLabelLib.Font { Color = colors.Text, Family = Font, Size = 12 } },
            XAxis = [x],
            YAxis = [y],
            DragMode = DragModeEnum.False,
        };
    }

    private static ITrace Trace(ChartModel model, ChartSeries series, string color)
    {
        var x = series.X.Select(Value).ToList();
        var y = series.Y.Select(v => v is { } n && double.IsFinite(n) ? (object)n : null!).ToList();
        if (series.Kind == SeriesKind.Bar)
        {
            var bar = new Bar { Name = series.Name, Marker = new BarMarker { Color = color }, X = model.Horizontal ? y : x, Y = model.Horizontal ? x : y };
            if (model.Horizontal) bar.Orientation = Plotly.Blazor.Traces.BarLib.OrientationEnum.H;
            if (series.Errors is { } errors)
            {
                var spread = errors.Select(e => (object)(e ?? 0)).ToList();
                if (model.Horizontal) bar.ErrorX = new Plotly.Blazor.Traces.BarLib.ErrorX { Type = Plotly.Blazor.Traces.BarLib.ErrorXLib.TypeEnum.Data, Array = spread, Color = color, Thickness = 1, Width = 3 };
                else bar.ErrorY = new Plotly.Blazor.Traces.BarLib.ErrorY { Type = Plotly.Blazor.Traces.BarLib.ErrorYLib.TypeEnum.Data, Array = spread, Color = color, Thickness = 1, Width = 3 };
                bar.Opacity = (decimal)0.75;
            }
            if (series.Labels is { } labels)
            {
                (bar.TextArray, bar.TextPosition, bar.TextAngle) = ([.. labels], Plotly.Blazor.Traces.BarLib.TextPositionEnum.Auto, 0);
                bar.InsideTextAnchor = Plotly.Blazor.Traces.BarLib.InsideTextAnchorEnum.End;
            }
            if (series.Texts is { } barTexts) (bar.HoverTextArray, bar.HoverInfo) = ([.. barTexts], Plotly.Blazor.Traces.BarLib.HoverInfoFlag.Text);
            return bar;
        }
        var scatter = new Scatter
        {
            Name = series.Name, X = x, Y = y, ConnectGaps = false,
            Mode = series.Kind == SeriesKind.Points ? ModeFlag.Markers : series.Y.Count(v => v is not null) < 40 ? ModeFlag.Lines | ModeFlag.Markers : ModeFlag.Lines,
            Line = new Plotly.Blazor.Traces.ScatterLib.Line { Color = color, Width = 2, Dash = series.Dashed ? "dot" : "solid" },
            Marker = new PointMarker { Color = color, Size = series.Kind == SeriesKind.Points ? 8 : 5 },
        };
        if (series.Kind == SeriesKind.Area)
        {
            scatter.Fill = FillEnum.ToZeroY;
            scatter.FillColor = color + "26";
        }
        if (series.Faint)
        {
            (scatter.Opacity, scatter.Mode, scatter.HoverInfo) = ((decimal)0.25, ModeFlag.Lines, Plotly.Blazor.Traces.ScatterLib.HoverInfoFlag.Skip);
            scatter.Line.Width = 1;
        }
        if (series.Texts is { } texts) (scatter.HoverTextArray, scatter.HoverInfo) = ([.. texts], Plotly.Blazor.Traces.ScatterLib.HoverInfoFlag.Text);
        return scatter;
    }

    private static Contour Under(ChartContour contour, ChartColors colors) => new()
    {
        Name = contour.Name, X = [.. contour.X.Cast<object>()], Y = [.. contour.Y.Cast<object>()], Z = [.. contour.Z],
        AutoColorScale = false, ColorScale = new object[] { new object[] { 0, colors.Surface }, new object[] { 1, colors.Accent } },
        Line = new Plotly.Blazor.Traces.ContourLib.Line { Color = colors.Grid, Width = 1 },
        ColorBar = new Plotly.Blazor.Traces.ContourLib.ColorBar { Thickness = 12, OutlineWidth = 0, Title = new Plotly.Blazor.Traces.ContourLib.ColorBarLib.Title { Text = contour.Name } },
    };

    private static object Value(object? value) => value switch
    {
        DateTimeOffset at => Instant(at),
        null => "null",
        bool b => b ? "true" : "false",
        _ => value,
    };

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
