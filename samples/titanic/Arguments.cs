using System.Diagnostics.CodeAnalysis;

namespace Dowel.Samples.Titanic;

/// <summary>What the program was called with.</summary>
public sealed record Arguments(Uri Server, string Token, string Data, string? Json, bool ShowPasswords)
{
    public const string Usage = "usage: Dowel.Samples.Titanic --server URL --token ADMIN-TOKEN --data titanic.csv [--json FILE] [--no-passwords]";

    public static bool TryParse(string[] args, Func<string, string?> environment, [NotNullWhen(true)] out Arguments? arguments, [NotNullWhen(false)] out string? wrong)
    {
        arguments = null;
        var given = new Dictionary<string, string>();
        var show = true;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--no-passwords") show = false;
            else if (args[i] is not ("--server" or "--token" or "--data" or "--json")) return Wrong($"'{args[i]}' is no option.", out wrong);
            else if (++i == args.Length) return Wrong($"{args[i - 1]} needs a value.", out wrong);
            else given[args[i - 1]] = args[i];
        }
        var server = given.GetValueOrDefault("--server") ?? environment("DOWEL_SERVER");
        var token = given.GetValueOrDefault("--token") ?? environment("DOWEL_TOKEN");
        if (!Uri.TryCreate(server, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return Wrong("--server needs the address of a server, such as http://127.0.0.1:5080.", out wrong);
        if (string.IsNullOrWhiteSpace(token)) return Wrong("--token needs the token of an administrator.", out wrong);
        if (!given.TryGetValue("--data", out var data)) return Wrong("--data needs the passengers' file, samples/titanic/titanic.csv.", out wrong);
        if (!File.Exists(data)) return Wrong($"The file {data} does not exist. Give samples/titanic/titanic.csv.", out wrong);
        arguments = new Arguments(url, token, data, given.GetValueOrDefault("--json"), show);
        wrong = null;
        return true;
    }

    private static bool Wrong(string why, out string wrong)
    {
        wrong = why;
        return false;
    }
}
