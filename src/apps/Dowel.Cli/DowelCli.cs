using System.CommandLine;
using System.CommandLine.Invocation;

namespace Dowel.Cli;

/// <summary>Runs one command line.</summary>
internal static class DowelCli
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliHost host, CancellationToken cancellationToken)
    {
        var root = DowelRoot.Build(host);
        // '@' begins values of ours, not response files.
        var parsed = root.Parse(args.Count == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction || (parsed.Action is null && parsed.Errors.Count > 0))
        {
            // What is wrong first, then where the help is: the whole help would hide it.
            foreach (var error in Errors(parsed)) await host.Error.WriteLineAsync($"error: {error}");
            await host.Error.WriteLineAsync($"  → See '{PathOf(parsed)} --help'.");
            return ExitCodes.Usage;
        }
        var configuration = new InvocationConfiguration { Output = host.Out, Error = host.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return await parsed.InvokeAsync(configuration, cancellationToken);
    }

    private static IEnumerable<string> Errors(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count == 0) return parsed.Errors.Select(e => e.Message).Distinct();
        var known = string.Join(", ", command.Subcommands.Select(c => c.Name));
        return [parsed.UnmatchedTokens.Count == 0 ? $"'{PathOf(parsed)}' needs a command: {known}." : $"'{PathOf(parsed)}' has no command '{parsed.UnmatchedTokens[0]}'; there are: {known}."];
    }

    /// <summary>The full name of the command that was given, such as <c>dowel dataset list</c>.</summary>
    internal static string PathOf(ParseResult parsed) => PathOf(parsed.CommandResult.Command);

    internal static string PathOf(Command command)
    {
        var names = new List<string>();
        for (var at = command; at is not null; at = at.Parents.OfType<Command>().FirstOrDefault()) names.Add(at is RootCommand ? "dowel" : at.Name);
        names.Reverse();
        return string.Join(' ', names);
    }
}
