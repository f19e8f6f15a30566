using Microsoft.JSInterop;

namespace Dowel.Web.Pages.Experiments;

/// <summary>The script of these pages: what the browser remembers, and the caret of the filter box.</summary>
internal sealed class BrowserMemory(IJSRuntime js)
{
    private IJSObjectReference? module;

    public async ValueTask<string?> LoadAsync(string key, CancellationToken cancellationToken) => await (await ModuleAsync(cancellationToken)).InvokeAsync<string?>("load", cancellationToken, key);

    public async ValueTask SaveAsync(string key, string? value, CancellationToken cancellationToken) => await (await ModuleAsync(cancellationToken)).InvokeVoidAsync("save", cancellationToken, key, value);

    public async ValueTask<IJSObjectReference> ModuleAsync(CancellationToken cancellationToken) =>
        module ??= await js.InvokeAsync<IJSObjectReference>("import", cancellationToken, "./_content/Dowel.Web/experiments.js");
}
