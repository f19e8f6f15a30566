using System.Globalization;
using Dowel.Kernel.Hosting;
using Dowel.Tables.Queries;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dowel.Tables.Tests;

/// <summary>Query workers on a data folder of their own, by which their processes can be told from those of other tests.</summary>
internal sealed class TestWorkers(TimeProvider? time = null, ILogger<QueryWorkers>? logger = null) : IDisposable
{
    private readonly TempFolder _folder = new();
    private QueryWorkers? _all;

    public QueryWorkers All => _all ??= new(Options.Create(new DowelOptions { DataDir = _folder.Path }), time ?? TimeProvider.System, logger ?? NullLogger<QueryWorkers>.Instance);

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
        _all?.Dispose();
        _folder.Dispose();
    }
}
