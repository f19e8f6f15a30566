namespace Dowel.Web.Components;

/// <summary>An instant: how long ago, and exactly on hover.</summary>
public partial class When
{
    /// <summary>The instant.</summary>
    [Parameter, EditorRequired] public DateTimeOffset At { get; set; }

    [Inject] private TimeProvider Time { get; set; } = null!;
}
