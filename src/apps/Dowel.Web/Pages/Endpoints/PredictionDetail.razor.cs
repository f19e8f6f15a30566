namespace Dowel.Web.Pages.Endpoints;

/// <summary>One prediction in full.</summary>
public partial class PredictionDetail
{
    /// <summary>The prediction.</summary>
    [Parameter, EditorRequired] public Prediction Prediction { get; set; } = new();
}
