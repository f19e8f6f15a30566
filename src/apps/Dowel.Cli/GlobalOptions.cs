using System.CommandLine;

namespace Dowel.Cli;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    public static Option<OutputFormat> Output { get; } = new("--output", "-o") { Description = "How to print: table for people, json for programs (alone on standard output).", Recursive = true, HelpName = "table|json" };

    public static Option<string?> Server { get; } = new("--server") { Description = "The server's address; else DOWEL_SERVER, else that of 'dowel login', else http://127.0.0.1:5080.", Recursive = true, HelpName = "url" };

    public static Option<string?> Token { get; } = new("--token") { Description = "The token to send; else DOWEL_TOKEN, else that of 'dowel login' for this server.", Recursive = true, HelpName = "token" };
}
