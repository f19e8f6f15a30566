using System.Globalization;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>The latest lines of a deployment's log, and those that come.</summary>
public partial class DeploymentLog
{
    private const int Most = 300, MostSteps = 8;
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(200);

    private readonly Queue<Line> lines = new();
    private CancellationTokenSource? reading;
    private (string Deployment, bool Follow, bool Steps) read;
    private long count;
    private bool waiting;

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    /// <summary>The deployment.</summary>
    [Parameter, EditorRequired] public Deployment Deployment { get; set; } = new();

    /// <summary>Whether lines are shown as they come.</summary>
    [Parameter] public bool Follow { get; set; } = true;

    /// <summary>Shows a few of the latest lines alone.</summary>
    [Parameter] public bool Steps { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        var wanted = (Deployment.Id, Follow, Steps);
        if (wanted == read) return;
        read = wanted;
        reading?.Cancel();
        reading?.Dispose();
        reading = CancellationTokenSource.CreateLinkedTokenSource(Closed);
        _ = InvokeAsync(() => ReadAsync(reading.Token));
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var most = Steps ? MostSteps : Most;
        Problem = null;
        lines.Clear();
        try
        {
            await foreach (var text in Api.Endpoints.LogAsync(Endpoint.Id, Deployment.Id, most, Follow, cancellationToken))
            {
                lines.Enqueue(Line.Of(++count, text));
                while (lines.Count > most) lines.Dequeue();
                Show();
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (DowelException e)
        {
            Problem = e.Problem;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            Problem = Problems.Of(ErrorCodes.NotReady, "The connection to the log broke.");
        }
        Show();
    }

    // A model that prints a thousand lines a second makes five drawings of them.
    private void Show()
    {
        if (waiting) return;
        waiting = true;
        _ = InvokeAsync(async () =>
        {
            try
            {
                await Task.Delay(pause, Time, Closed);
                waiting = false;
                StateHasChanged();
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                // The panel was closed.
            }
        });
    }

    /// <inheritdoc/>
    protected override void Closing()
    {
        reading?.Cancel();
        reading?.Dispose();
        reading = null;
    }

    /// <summary>A line, with its time of day apart.</summary>
    internal sealed record Line(long Number, string Time, string Text)
    {
        public static Line Of(long number, string text)
        {
            if (text.Split(' ', 2) is [var at, var rest] && DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                return new(number, time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture), rest);
            return new(number, "", text);
        }
    }
}
