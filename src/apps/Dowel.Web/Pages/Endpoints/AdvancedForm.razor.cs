namespace Dowel.Web.Pages.Endpoints;

/// <summary>Batching, breaker, timeout, resources and Python of a deployment.</summary>
public partial class AdvancedForm
{
    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired] public SettingsDraft Draft { get; set; } = new();

    /// <summary>What is wrong.</summary>
    [Parameter] public FieldErrors Errors { get; set; } = FieldErrors.None;

    /// <summary>Whether it is a model version, which may be one in Python.</summary>
    [Parameter] public bool IsModel { get; set; } = true;

    /// <summary>Whether it is a container.</summary>
    [Parameter] public bool IsContainer { get; set; }

    /// <summary>After each change.</summary>
    [Parameter] public EventCallback Changed { get; set; }

    private Task SetAsync(Action change)
    {
        change();
        return Changed.InvokeAsync();
    }
}
