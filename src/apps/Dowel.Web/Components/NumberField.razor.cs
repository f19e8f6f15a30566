namespace Dowel.Web.Components;

/// <summary>A number of a form, with what is wrong beside it.</summary>
/// <typeparam name="T">Type of the number.</typeparam>
public partial class NumberField<T>
{
    /// <summary>The number.</summary>
    [Parameter] public T? Value { get; set; }

    /// <summary>When it was changed.</summary>
    [Parameter] public EventCallback<T> ValueChanged { get; set; }

    /// <summary>Its name for people.</summary>
    [Parameter, EditorRequired] public string Label { get; set; } = "";

    /// <summary>What it means.</summary>
    [Parameter] public string? Helper { get; set; }

    /// <summary>Its name in the API.</summary>
    [Parameter] public string Field { get; set; } = "";

    /// <summary>What is wrong.</summary>
    [Parameter] public FieldErrors Errors { get; set; } = FieldErrors.None;
}
