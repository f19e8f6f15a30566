namespace Dowel.Web.Pages.Models;

/// <summary>The text of a prompt, or the messages of a chat, with what is to be filled in set off.</summary>
public partial class PromptView
{
    private const int MostMessages = 200;
    private IReadOnlyList<Snippet> snippets = [];

    /// <summary>The model that it is kept as.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>The version.</summary>
    [Parameter, EditorRequired] public ModelVersion Version { get; set; } = new();

    [Inject] private NavigationManager Nav { get; set; } = null!;

    private PromptText Prompt { get; set; } = PromptText.Of(new ModelVersion { Tags = new Dictionary<string, string> { [PromptText.TextTag] = "" } })!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        Prompt = PromptText.Of(Version) ?? Prompt;
        snippets = ModelSnippets.UsePrompt(Nav.BaseUri.TrimEnd('/'), Model.Name, Version.Version, Prompt.Variables);
    }
}
