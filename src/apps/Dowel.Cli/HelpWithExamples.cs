using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Dowel.Cli;

/// <summary>The usual help, then examples and exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool Terminating => true;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        inner.MaxWidth = 120;
        using var usual = new StringWriter();
        parseResult.InvocationConfiguration.Output = usual;
        inner.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        // The library names the program after its file; people know it by another name.
        output.Write(usual.ToString().Replace($"Usage:{Environment.NewLine}  {RootCommand.ExecutableName}", $"Usage:{Environment.NewLine}  dowel", StringComparison.Ordinal));
        if (parseResult.CommandResult.Command is DowelCommand { Examples.Count: > 0 } command)
        {
            output.WriteLine("Examples:");
            foreach (var example in command.Examples) output.WriteLine("  " + example);
            output.WriteLine();
        }
        output.WriteLine("Exit codes:");
        output.WriteLine("  " + ExitCodes.Help);
        return ExitCodes.Ok;
    }
}
