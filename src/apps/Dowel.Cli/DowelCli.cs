using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

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
        if (command.Subcommands.Count == 0) return parsed.Errors.Select(e => Say(e, parsed)).Distinct();
        var known = string.Join(", ", command.Subcommands.Select(c => c.Name));
        return [parsed.UnmatchedTokens.Count == 0 ? $"'{PathOf(parsed)}' needs a command: {known}." : $"'{PathOf(parsed)}' has no command '{parsed.UnmatchedTokens[0]}'; there are: {known}."];
    }

    // The parser's own words name its types; these name what was typed and what would do.
    private static string Say(ParseError error, ParseResult parsed)
    {
        if (error.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal) && error.SymbolResult is { } given)
        {
            var option = (given as OptionResult ?? given.Parent as OptionResult)?.Option;
            var isChoice = option is not null && (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType).IsEnum;
            return $"{option?.Name ?? $"<{(given as ArgumentResult)?.Argument.Name}>"} takes {(isChoice ? option!.HelpName : "a number")}, not '{given.Tokens.LastOrDefault()?.Value}'.";
        }
        if (error.SymbolResult is not ArgumentResult { Tokens.Count: 0 }) return error.Message;
        var missing = parsed.Errors.Select(e => e.SymbolResult).OfType<ArgumentResult>().Where(a => a.Tokens.Count == 0).Select(a => $"<{a.Argument.Name}>").Distinct();
        return $"'{PathOf(parsed)}' needs {string.Join(" and ", missing)}.";
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
