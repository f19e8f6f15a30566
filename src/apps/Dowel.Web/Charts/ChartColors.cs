namespace Dowel.Web.Charts;

/// <summary>The colours of charts, light and dark; the row can be told apart with the common colour-vision deficiencies (after Okabe and Ito).</summary>
internal sealed record ChartColors(string Text, string Grid, string Accent, string Bad, string Quiet, string Surface, IReadOnlyList<string> Row)
{
    private static readonly ChartColors Light = new("#5c6763", "#e6e8e4", "#0b6b63", "#b3372c", "#a9b2ae", "#ffffff", ["#0b6b63", "#c77b0a", "#3b6fb0", "#9a4f8c", "#7a8b2a", "#b3372c", "#5c6763"]);
    private static readonly ChartColors DarkOnes = new("#9ba7a3", "#2a3230", "#4fbfb2", "#ee8378", "#5b6663", "#191f1d", ["#4fbfb2", "#e6a940", "#7fb0ea", "#cf8fc4", "#b3c35a", "#ee8378", "#9ba7a3"]);

    public static ChartColors Of(bool dark) => dark ? DarkOnes : Light;

    public string Of(SeriesColor color, int index) => color switch
    {
        SeriesColor.Accent => Accent,
        SeriesColor.Bad => Bad,
        SeriesColor.Quiet => Quiet,
        _ => Row[index % Row.Count],
    };
}
