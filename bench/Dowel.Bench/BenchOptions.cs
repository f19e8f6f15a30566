namespace Dowel.Bench;

internal sealed record BenchOptions(string Home, int Seconds, int Rounds, string Json)
{
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
                case "--json": options = options with { Json = Path.GetFullPath(args[i + 1]) }; break;
                default: return null;
            }
        }
        return options;
    }

    public string Dll(string project) => Path.Combine(Home, "artifacts", "bin", project, "release", $"{project}.dll");
}
