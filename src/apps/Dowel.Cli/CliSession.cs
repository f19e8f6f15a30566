using Dowel.Client;

namespace Dowel.Cli;

/// <summary>What a command works with: the server's client and where to print.</summary>
internal sealed record CliSession(CliHost Host, DowelClient Client, Output Output)
{
    /// <summary>Asks before something is lost; <c>--yes</c> answers in advance.</summary>
    public async Task ConfirmAsync(bool yes, string question)
    {
        if (yes) return;
        if (!Host.Interactive) throw new CliException($"{question} There is nobody to ask.", "Give --yes to confirm.", ExitCodes.Usage);
        await Host.Error.WriteAsync($"{question} [y/N] ");
        var answer = (await Host.In.ReadLineAsync())?.Trim();
        if (answer is not ("y" or "Y" or "yes")) throw new CliException("Nothing was done.", null, ExitCodes.Failed);
    }
}
