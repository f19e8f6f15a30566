using System.CommandLine;

namespace Dowel.Cli.Completion;

/// <summary>Prints what a shell needs to complete commands and options.</summary>
internal sealed class CompletionCommand : DowelCommand
{
    private readonly Argument<string> shell = new("shell") { Description = "bash, zsh or fish." };

    public CompletionCommand(CliHost host) : base(
        host, "completion", "Print a script that makes your shell complete dowel's commands and options.", "source <(dowel completion bash)", "dowel completion zsh > ~/.zfunc/_dowel", "dowel completion fish > ~/.config/fish/completions/dowel.fish")
    {
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Arguments.Add(shell);
    }

    protected override Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        Host.Out.Write(args.GetValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        });
        return Task.FromResult(ExitCodes.Ok);
    }

    private const string Bash = """
        _dowel() {
            local line
            COMPREPLY=()
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$(dowel "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _dowel dowel

        """;

    private const string Zsh = """
        #compdef dowel
        _dowel() {
            local -a words_found
            words_found=("${(@f)$(dowel "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a words_found
            _files
        }
        compdef _dowel dowel

        """;

    private const string Fish = """
        complete -c dowel -a '(dowel "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'

        """;
}
