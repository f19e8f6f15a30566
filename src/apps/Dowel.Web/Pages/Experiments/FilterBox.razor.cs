using Microsoft.JSInterop;

namespace Dowel.Web.Pages.Experiments;

/// <summary>A filter in MLflow's grammar, with completion; Enter applies it.</summary>
public partial class FilterBox
{
    private readonly Dictionary<string, IReadOnlyList<string>> values = [];
    private DotNetObjectReference<FilterBox>? self;
    private IJSObjectReference? module;
    private ElementReference input;
    private FilterCompletion? completion;
    private string text = "";
    private string? shown;
    private int active = -1;

    /// <summary>The experiment.</summary>
    [Parameter, EditorRequired] public string Experiment { get; set; } = "";

    /// <summary>The filter that is applied.</summary>
    [Parameter] public string? Value { get; set; }

    /// <summary>Applies another.</summary>
    [Parameter] public EventCallback<string?> ValueChanged { get; set; }

    /// <summary>What is wrong with it.</summary>
    [Parameter] public FieldError? Wrong { get; set; }

    /// <summary>The names to complete.</summary>
    [Parameter] public LoggedNames Names { get; set; } = new();

    private bool Open => completion?.Items.Count > 0;

    private string Placeholder => $"{(Names.Metrics.Count > 0 ? FilterCompletion.Quoted("metrics", Names.Metrics[0].Name) : "metrics.auc")} > 0.8 AND status = 'FINISHED'";

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            module = await new BrowserMemory(Js).ModuleAsync(Closed);
            self = DotNetObjectReference.Create(this);
            await module.InvokeVoidAsync("attachFilter", Closed, input, self);
        }
        // The text belongs to the browser while somebody types; it is set only where the address says something else.
        if (module is null || shown == (Value ?? "")) return;
        text = shown = Value ?? "";
        await module.InvokeVoidAsync("setFilter", Closed, input, text, -1);
        StateHasChanged();
    }

    /// <summary>The text or the caret has changed.</summary>
    /// <param name="value">The text.</param>
    /// <param name="caret">Where the caret is.</param>
    /// <returns>When it is shown.</returns>
    [JSInvokable]
    public async Task Changed(string value, int caret)
    {
        ArgumentNullException.ThrowIfNull(value);
        (text, active) = (value, -1);
        completion = FilterCompletion.At(value, caret, Names, ValuesOf);
        if (completion.ValueOf is { } of && !values.ContainsKey(of))
        {
            await LoadValuesAsync(of);
            if (text == value) completion = FilterCompletion.At(value, caret, Names, ValuesOf);
        }
        StateHasChanged();
    }

    /// <summary>A key that the box takes for itself.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The text.</param>
    /// <param name="caret">Where the caret is.</param>
    /// <returns>When it is done.</returns>
    [JSInvokable]
    public async Task Key(string key, string value, int caret)
    {
        text = value;
        if (key == "ArrowDown" && !Open) await Changed(value, caret);
        else if (key is "ArrowDown" or "ArrowUp") active = (active + (key == "ArrowDown" ? 1 : active < 0 ? 0 : -1) + completion!.Items.Count) % completion.Items.Count;
        else if (key == "Escape") completion = null;
        else if (Open && active >= 0) await TakeAsync(active);
        else await ApplyAsync(value);
        StateHasChanged();
    }

    /// <summary>The focus went elsewhere.</summary>
    [JSInvokable]
    public void Left()
    {
        completion = null;
        StateHasChanged();
    }

    private async Task TakeAsync(int index)
    {
        var (item, start) = (completion!.Items[index].Text, completion.Start);
        var end = start;
        while (end < text.Length && !char.IsWhiteSpace(text[end])) end++;
        var after = item.EndsWith('(') ? "" : " ";
        var caret = start + item.Length + after.Length;
        text = text[..start] + item + after + text[end..].TrimStart();
        await module!.InvokeVoidAsync("setFilter", Closed, input, text, caret);
        await Changed(text, caret);
    }

    private async Task ApplyAsync(string value)
    {
        completion = null;
        shown = text = value.Trim();
        await ValueChanged.InvokeAsync(text.Length == 0 ? null : text);
    }

    private async Task ClearAsync()
    {
        await module!.InvokeVoidAsync("setFilter", Closed, input, "", 0);
        await ApplyAsync("");
    }

    private IReadOnlyList<string> ValuesOf(string field) => values.GetValueOrDefault(field) ?? [];

    // A completion that fails is none; the filter itself says what is wrong.
    private async Task LoadValuesAsync(string field) => await FailureOfAsync(async ct =>
        values[field] = [.. (await Api.Runs.GroupAsync(Experiment, new RunGroupQuery { By = field, Limit = 12 }, ct)).Where(g => g.Value is { Length: < 100 }).Select(g => g.Value!)]);

    private static int WordEnd(string given, int position)
    {
        var end = position;
        while (end < given.Length && !char.IsWhiteSpace(given[end])) end++;
        return Math.Max(end, Math.Min(position + 1, given.Length));
    }

    /// <inheritdoc/>
    protected override void Closing() => self?.Dispose();
}
