using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Users;

/// <summary>Shuts a user out, or lets them in again.</summary>
internal abstract class UserStateCommand : ClientCommand
{
    private readonly Argument<string> user = new("user") { Description = "User name or id." };
    private readonly bool disabled;

    protected UserStateCommand(CliHost host, string name, string description, bool disabled) : base(host, name, description, $"dowel user {name} ada")
    {
        this.disabled = disabled;
        Arguments.Add(user);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var changed = await session.Client.Identity.UpdateUserAsync(args.GetValue(user)!, new PatchUser { Disabled = disabled }, cancellationToken);
        return session.Output.Done($"{changed.Name} is {(changed.Disabled ? "disabled" : "enabled")}.", changed);
    }
}
