namespace Dowel.Web.Pages.Experiments;

/// <summary>The tags of a run, to change; not those in which MLflow's client keeps things for itself.</summary>
public partial class RunTags
{
    private List<KeyValuePair<string, string>> own = [];
    private string newKey = "";
    private string newValue = "";

    /// <summary>The run.</summary>
    [Parameter, EditorRequired] public Run Run { get; set; } = new();

    /// <summary>Whether they may be changed.</summary>
    [Parameter] public bool CanEdit { get; set; }

    /// <summary>They were changed.</summary>
    [Parameter] public EventCallback OnChange { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet() => own = [.. Run.Tags.Where(t => !t.Key.StartsWith("mlflow.", StringComparison.Ordinal)).OrderBy(t => t.Key, StringComparer.Ordinal)];

    private async Task SetAsync()
    {
        var (key, value) = (newKey.Trim(), newValue.Trim());
        if (key.Length == 0 || !await DoAsync(ct => Api.Runs.LogAsync(Run.Id, new LogToRun { Tags = new Dictionary<string, string> { [key] = value } }, ct))) return;
        (newKey, newValue) = ("", "");
        await OnChange.InvokeAsync();
    }

    private async Task RemoveAsync(string key)
    {
        if (await DoAsync(ct => Api.Runs.DeleteTagAsync(Run.Id, key, ct))) await OnChange.InvokeAsync();
    }
}
