namespace Dowel.Web.Pages.Endpoints;

/// <summary>How many replicas a deployment has.</summary>
public partial class ScalingForm
{
    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired] public SettingsDraft Draft { get; set; } = new();

    /// <summary>What is wrong.</summary>
    [Parameter] public FieldErrors Errors { get; set; } = FieldErrors.None;

    /// <summary>After each change.</summary>
    [Parameter] public EventCallback Changed { get; set; }

    private Task SetAsync(Action change)
    {
        change();
        return Changed.InvokeAsync();
    }
}
