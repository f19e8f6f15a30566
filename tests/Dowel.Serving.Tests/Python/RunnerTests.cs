using System.Diagnostics;
using Dowel.Testing;

namespace Dowel.Serving.Tests.Python;

public sealed class RunnerTests
{
    [Fact]
    public async Task The_runners_own_tests_pass()
    {
        await DebianPython.RequireAsync("numpy", "pandas");
        var folder = Path.Combine(AppContext.BaseDirectory, "runners", "python");
        var start = new ProcessStartInfo(DebianPython.Path, ["-m", "unittest", "discover", "-t", ".", "-s", "tests"])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        using var process = Process.Start(start)!;
        var report = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, report);
        Assert.Matches(@"Ran [1-9]\d* tests", report);
    }
}
