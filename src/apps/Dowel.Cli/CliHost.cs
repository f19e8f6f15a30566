using System.Text;
using Dowel.Client;

namespace Dowel.Cli;

/// <summary>What the command line stands on; tests put their own there.</summary>
internal sealed class CliHost
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    /// <summary>Standard output for bytes.</summary>
    public required Func<Stream> OpenOut { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public required Func<Uri, string?, DowelClient> Connect { get; init; }

    /// <summary>Reads a line without showing it.</summary>
    public required Func<string> ReadSecret { get; init; }

    /// <summary>This program's own file.</summary>
    public string Program { get; init; } = typeof(CliHost).Assembly.Location;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether somebody can be asked.</summary>
    public bool Interactive { get; init; }

    /// <summary>Whether standard output is a terminal.</summary>
    public bool OutIsTerminal { get; init; }

    public static CliHost OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        // The console writer would translate by the locale; programs that read us expect UTF-8.
        var output = Console.IsOutputRedirected ? new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = true } : Console.Out;
        return new CliHost
        {
            Out = output,
            Error = Console.Error,
            In = Console.In,
            OpenOut = Console.OpenStandardOutput,
            Environment = System.Environment.GetEnvironmentVariable,
            Connect = DowelClient.Connect,
            ReadSecret = SecretReader.Read,
            Interactive = !Console.IsInputRedirected && !Console.IsErrorRedirected,
            OutIsTerminal = !Console.IsOutputRedirected,
        };
    }
}
