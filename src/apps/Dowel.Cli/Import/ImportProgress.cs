using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dowel.Cli.Import;

/// <summary>Shows how far an import is: on a terminal as bars on standard error, otherwise not at all.</summary>
internal sealed class ImportProgress
{
    private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);
    private readonly ProgressContext? _context;

    private ImportProgress(ProgressContext? context) => _context = context;

    public static async Task RunAsync(CliHost host, Func<ImportProgress, Task> work)
    {
        if (!host.Interactive)
        {
            await work(new ImportProgress(null));
            return;
        }
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(host.Error) });
        await console.Progress().AutoClear(false).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new CountColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new ImportProgress(context)));
    }

    /// <summary>Begins a part of the work.</summary>
    public void Begin(string part, long total)
    {
        if (_context is not null && total > 0) _tasks[part] = _context.AddTask(part, maxValue: total);
    }

    /// <summary>Counts on.</summary>
    public void Add(string part, long count)
    {
        if (_tasks.TryGetValue(part, out var task)) task.Increment(count);
    }

    /// <summary>A part is over, however much of it there was.</summary>
    public void End(string part)
    {
        if (_tasks.TryGetValue(part, out var task)) task.Value = task.MaxValue;
    }

    /// <summary>How many of how many, and how many a second.</summary>
    private sealed class CountColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            var rate = task.ElapsedTime is { TotalSeconds: > 0.5 } elapsed ? task.Value / elapsed.TotalSeconds : 0;
            return new Text(task.Description == ImportParts.Bytes
                ? $"{Cell.Bytes((long)task.Value)} of {Cell.Bytes((long)task.MaxValue)}  {Cell.Bytes((long)rate)}/s"
                : $"{Number(task.Value)} of {Number(task.MaxValue)}  {Number(rate)}/s");
        }

        private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
    }
}

/// <summary>The parts of an import, as people see them.</summary>
internal static class ImportParts
{
    public const string Experiments = "experiments";
    public const string Runs = "runs";
    public const string Points = "metric points";
    public const string LoggedModels = "logged models";
    public const string Bytes = "files";
    public const string Models = "registered models";
}
