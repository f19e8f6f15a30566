namespace Dowel.Web.Components;

/// <summary>How a state feels.</summary>
public enum Tone
{
    /// <summary>Plain.</summary>
    Quiet,
    /// <summary>Good.</summary>
    Good,
    /// <summary>Under way.</summary>
    Busy,
    /// <summary>To be watched.</summary>
    Warn,
    /// <summary>Bad.</summary>
    Bad,
    /// <summary>Stands out.</summary>
    Accent,
}

/// <summary>A state in a word.</summary>
public partial class StatusChip
{
    /// <summary>The word.</summary>
    [Parameter, EditorRequired] public string Text { get; set; } = "";

    /// <summary>How it feels.</summary>
    [Parameter] public Tone Tone { get; set; }

    /// <summary>Whether a dot stands before it.</summary>
    [Parameter] public bool Dot { get; set; }

    /// <summary>More, on hover.</summary>
    [Parameter] public string? Hint { get; set; }
}
