using System.CommandLine;
using System.Text.Json;
using Dowel.Client;

namespace Dowel.Cli;

/// <summary>One command: its examples, and one place where failures become messages and exit codes.</summary>
internal abstract class DowelCommand : Command
{
    private const int BrokenPipe = 32;

    protected DowelCommand(CliHost host, string name, string description, params string[] examples) : base(name, description)
    {
        Host = host;
        Examples = examples;
        SetAction(InvokeAsync);
    }

    public IReadOnlyList<string> Examples { get; }

    protected CliHost Host { get; }

    protected abstract Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken);

    private async Task<int> InvokeAsync(ParseResult args, CancellationToken cancellationToken)
    {
        try
        {
            return await ExecuteAsync(args, cancellationToken);
        }
        catch (DowelException e)
        {
            await ErrorText.WriteAsync(Host.Error, e);
            return ExitCodes.Of(e);
        }
        catch (CliException e)
        {
            await ErrorText.WriteAsync(Host.Error, e.Message, e.Remedy);
            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
        catch (HttpIOException e)
        {
            await ErrorText.WriteAsync(Host.Error, $"The connection to the server broke: {e.Message}", "Try again.");
            return ExitCodes.Unreachable;
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) == BrokenPipe)
        {
            // Whoever read our output has seen enough, as 'head' does.
            return ExitCodes.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            await ErrorText.WriteAsync(Host.Error, e.Message, null);
            return ExitCodes.Failed;
        }
        catch (Exception e)
        {
            // A fault of ours: still one line, a stack trace helps nobody at a prompt.
            await ErrorText.WriteAsync(Host.Error, $"{e.GetType().Name}: {e.Message}", "This is a defect of dowel; please report it.");
            return ExitCodes.Failed;
        }
    }
}
