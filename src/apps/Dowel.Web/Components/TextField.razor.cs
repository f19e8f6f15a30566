namespace Dowel.Web.Components;

/// <summary>A text of a form, with what is wrong beside it.</summary>
public partial class TextField
{
    // Names and secrets are no words of a language, and none of a person's own.
    private static readonly Dictionary<string, object?> attributes = new() { ["autocomplete"] = "off", ["spellcheck"] = "false" };

    /// <summary>The text.</summary>
    [Parameter] public string Value { get; set; } = "";

    /// <summary>When it was changed.</summary>
    [Parameter] public EventCallback<string> ValueChanged { get; set; }

    /// <summary>Its name for people.</summary>
    [Parameter, EditorRequired] public string Label { get; set; } = "";

    /// <summary>What it means.</summary>
    [Parameter] public string? Helper { get; set; }

    /// <summary>An example.</summary>
    [Parameter] public string? Placeholder { get; set; }

    /// <summary>How many lines it has.</summary>
    [Parameter] public int Lines { get; set; } = 1;

    /// <summary>Whether all letters are equally wide.</summary>
    [Parameter] public bool Mono { get; set; }

    /// <summary>Whether it is not shown.</summary>
    [Parameter] public bool Secret { get; set; }

    /// <summary>Its name in the API.</summary>
    [Parameter] public string Field { get; set; } = "";

    /// <summary>What is wrong.</summary>
    [Parameter] public FieldErrors Errors { get; set; } = FieldErrors.None;
}
