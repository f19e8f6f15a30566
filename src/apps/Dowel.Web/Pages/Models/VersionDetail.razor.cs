using System.Text.Json;

namespace Dowel.Web.Pages.Models;

/// <summary>One version of a model.</summary>
public partial class VersionDetail
{
    private GateResult? gate;
    private string? loggedName;
    private bool busy;
    private string exampleJson = "";

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>The version.</summary>
    [Parameter, EditorRequired] public ModelVersion Version { get; set; } = new();

    /// <summary>After an alias was moved.</summary>
    [Parameter] public EventCallback OnMoved { get; set; }

    private bool isPrompt => Version.Tags.ContainsKey(PromptText.TextTag);

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        gate = Version.Gate;
        exampleJson = Version.InputExample is null ? "" : Lines(Version.InputExample);
    }

    /// <inheritdoc/>
    protected override string LoadKey => Version.LoggedModelId ?? "";

    // Its id stands there where the model is gone, or in an experiment that one may not see.
    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (Version.LoggedModelId is { Length: > 0 } logged) await FailureOfAsync(async ct => loggedName = (await Api.Runs.LoggedModelAsync(logged, ct)).Name);
    }

    /// <summary>An input a line.</summary>
    private static string Lines(IReadOnlyDictionary<string, object?[]> example) =>
        "{\n" + string.Join(",\n", example.Select(e => $"  {JsonSerializer.Serialize(e.Key)}: {JsonSerializer.Serialize(e.Value, DowelJson.Options)}")) + "\n}";

    private string FileHref(string path) => $"api/v1/models/{Uri.EscapeDataString(Model.Id)}/versions/{Version.Version}/files/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    // A client may have written anything there; only an address of the web becomes a link.
    internal static string? SafeLink(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri.AbsoluteUri : null;

    private async Task ValidateAsync()
    {
        busy = true;
        await DoAsync(async ct => gate = await Api.Models.ValidateAsync(Model.Id, $"{Version.Version}", cancellationToken: ct));
        busy = false;
    }

    private async Task AliasAsync()
    {
        if (await AliasDialog.ShowAsync(Dialogs, Model, Version.Version, null)) await OnMoved.InvokeAsync();
    }
}
