namespace Dowel.Web.Pages.Experiments;

/// <summary>Draws an artifact.</summary>
public partial class ArtifactChartView
{
    /// <summary>What to draw.</summary>
    [Parameter, EditorRequired] public ArtifactChart View { get; set; } = new();
}
