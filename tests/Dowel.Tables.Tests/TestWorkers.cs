using System.Globalization;
using Dowel.Kernel.Hosting;
using Dowel.Tables.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dowel.Tables.Tests;

/// <summary>Workers on a data folder of their own, by which their processes can be told from those of other tests.</summary>
public sealed class TestWorkers : IDisposable
{
    private readonly TempFolder _folder = new();

    public TestWorkers() : this(TimeProvider.System)
    {
    }

    internal TestWorkers(TimeProvider? time = null, ILogger<TableWorkers>? logger = null)
        => All = new(Options.Create(new DowelOptions { DataDir = _folder.Path }), time ?? TimeProvider.System, logger ?? NullLogger<TableWorkers>.Instance);

    public TableWorkers All { get; }

    public int[] Processes => ProcessesIn(_folder.Path);

    /// <summary>The processes that work below a folder.</summary>
    public static int[] ProcessesIn(string folder) =>
        [.. Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out var id) ? id : 0).Where(id => id > 0 && WorksIn(id).StartsWith(folder, StringComparison.Ordinal))];

    /// <summary>Waits until so many processes are there.</summary>
    public async Task ExpectAsync(int count)
    {
        for (var i = 0; i < 200 && Processes.Length != count; i++) await Task.Delay(10);
        Assert.Equal(count, Processes.Length);
    }

    /// <summary>The resident memory of the largest.</summary>
    public long LargestMegabytes()
    {
        var largest = 0L;
        foreach (var process in Processes)
        {
            try
            {
                largest = Math.Max(largest, long.Parse(File.ReadAllText($"/proc/{process}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize >> 20);
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }
        return largest;
    }

    private static string WorksIn(int process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/cwd").LinkTarget ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public void Dispose()
    {
        All.Dispose();
        _folder.Dispose();
    }
}
