namespace Dowel.Web.Pages.Models;

/// <summary>What the gate found of a version, in a word.</summary>
public partial class GateChip
{
    /// <summary>The newest result; null if it was never run.</summary>
    [Parameter, EditorRequired] public GateResult? Result { get; set; }

    internal static string Word(GateResult? result) => result is null ? "not tested" : result.Passed ? "passed" : "refused";
}
