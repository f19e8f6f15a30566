using Microsoft.JSInterop;

namespace Dowel.Web.Pages.Experiments;

/// <summary>Looks again from time to time, while somebody looks at the page.</summary>
internal static class Live
{
    public static async Task EveryAsync(TimeSpan every, TimeProvider time, IJSRuntime js, Func<Task> look, CancellationToken closed)
    {
        try
        {
            while (true)
            {
                await Task.Delay(every, time, closed);
                if (await js.InvokeAsync<bool>("dowel.visible", closed)) await look();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or JSDisconnectedException or ObjectDisposedException)
        {
            // The page was left.
        }
    }
}
