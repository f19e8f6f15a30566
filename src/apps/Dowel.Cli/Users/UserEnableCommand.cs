namespace Dowel.Cli.Users;

/// <summary>Lets a user in again.</summary>
internal sealed class UserEnableCommand(CliHost host) : UserStateCommand(host, "enable", "Let a disabled user in again.", disabled: false);
