namespace Dowel.Bench;

internal sealed record BenchOptions(string Home, int Seconds, int Rounds, string Json)
{
    /// <summary>The parts. The soak, of ten minutes, and what takes a Docker engine are run only when they are named.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["endpoint", "onnx", "python", "scale", "tracking", "artifacts", "start"];

    /// <summary>Which parts to run; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Another tracking server that speaks MLflow's REST, to be timed by the same calls; null for none.</summary>
    public string? Beside { get; init; }

    public static BenchOptions? Parse(string[] args)
    {
        var home = Environment.GetEnvironmentVariable("DOWEL_HOME") ?? Directory.GetCurrentDirectory();
        var options = new BenchOptions(home, 8, 3, Path.Combine(home, "artifacts", "bench", "results.json"));
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length) return null;
            switch (args[i])
            {
                case "--seconds" when int.TryParse(args[i + 1], out var seconds) && seconds is > 0 and <= 60: options = options with { Seconds = seconds }; break;
                case "--rounds" when int.TryParse(args[i + 1], out var rounds) && rounds is > 0 and <= 20: options = options with { Rounds = rounds }; break;
                case "--only" when args[i + 1].Split(',') is var parts && parts.All(p => Parts.Contains(p) || p is "docker" or "soak"): options = options with { Only = parts }; break;
                case "--beside" when Uri.TryCreate(args[i + 1], UriKind.Absolute, out _): options = options with { Beside = args[i + 1] }; break;
                case "--json": options = options with { Json = Path.GetFullPath(args[i + 1]) }; break;
                default: return null;
            }
        }
        return options;
    }

    public string Dll(string project) => Path.Combine(Home, "artifacts", "bin", project, "release", $"{project}.dll");

    public bool Runs(string part) => Only.Contains(part) || (Only.Count == 0 && Parts.Contains(part));
}
