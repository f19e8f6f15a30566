namespace Dowel.Cli.Users;

/// <summary>Shuts a user out.</summary>
internal sealed class UserDisableCommand(CliHost host) : UserStateCommand(host, "disable", "Shut a user out: no sign-in, and their tokens stop working. What they made stays.", disabled: true);
