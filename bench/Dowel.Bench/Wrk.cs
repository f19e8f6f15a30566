using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Dowel.Bench;

/// <summary>What a load came to.</summary>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="P50Ms">The median latency.</param>
/// <param name="P99Ms">Latency that one in a hundred passed.</param>
/// <param name="Errors">Answers that were not 200.</param>
internal sealed record Load(double PerSecond, double P50Ms, double P99Ms, int Errors);

/// <summary>Makes load with wrk.</summary>
internal static partial class Wrk
{
    /// <summary>Long enough for code that is asked often to be compiled once more, for what it is asked.</summary>
    public const int WarmUpSeconds = 15;

    public static async Task<Load> RunAsync(int connections, int seconds, string url, string? script = null)
    {
        string[] arguments = ["-t1", $"-c{connections}", $"-d{seconds}s", "--latency", .. script is null ? (string[])[] : ["-s", script], url];
        using var wrk = Process.Start(new ProcessStartInfo("wrk", arguments) { RedirectStandardOutput = true }) ?? throw new InvalidOperationException("wrk could not be started");
        var text = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        return new Load(Number(PerSecond().Match(text)), Milliseconds(P50().Match(text)), Milliseconds(P99().Match(text)), Errors().Match(text) is { Success: true } m ? (int)Number(m) : 0);
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Milliseconds(Match match) => Number(match) * match.Groups[2].Value switch { "us" => 0.001, "s" => 1000, _ => 1 };

    private static double Number(Match match) => match.Success ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw new InvalidOperationException("wrk printed no such figure");

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"50%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex P50();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex P99();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Errors();
}
