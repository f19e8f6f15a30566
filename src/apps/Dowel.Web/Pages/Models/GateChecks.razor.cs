namespace Dowel.Web.Pages.Models;

/// <summary>What a gate found, check by check.</summary>
public partial class GateChecks
{
    /// <summary>What it found.</summary>
    [Parameter, EditorRequired] public GateResult Result { get; set; } = new();
}
