namespace Dowel.Cli;

/// <summary>Which server to talk to, and as whom: flags, then the environment, then the configuration file.</summary>
internal sealed record Connection(Uri Server, string? Token)
{
    public const string DefaultServer = "http://127.0.0.1:5080";

    public static Connection Resolve(CliHost host, string? serverFlag, string? tokenFlag)
    {
        var config = new Lazy<ConfigFile>(() => ConfigFile.Load(host));
        var server = ParseServer(First(serverFlag, host.Environment("DOWEL_SERVER")) ?? First(config.Value.Data.Server) ?? DefaultServer);
        var token = First(tokenFlag, host.Environment("DOWEL_TOKEN")) ?? config.Value.TokenOf(server);
        if (token is not null && token.Any(c => c is <= ' ' or > '~')) throw CliException.Usage("The token has characters that no token has.", "Give it as it was shown, without line breaks.");
        return new Connection(server, token);
    }

    public static Uri ParseServer(string text)
    {
        var full = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        if (!Uri.TryCreate(full, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            throw CliException.Usage($"'{text}' is no server address.", $"Give one such as {DefaultServer}.");
        return new Uri(uri.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/");
    }

    private static string? First(params string?[] values) => values.FirstOrDefault(v => !string.IsNullOrWhiteSpace(v))?.Trim();
}
