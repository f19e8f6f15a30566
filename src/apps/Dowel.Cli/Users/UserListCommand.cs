using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Users;

/// <summary>Lists users.</summary>
internal sealed class UserListCommand : ClientCommand
{
    private readonly ListOptions list;

    public UserListCommand(CliHost host) : base(host, "list", "List the users of the server.", "dowel user list", "dowel user list --search ada") => list = new ListOptions(this, withProject: false);

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.ListAsync(
        session.Client.Identity.AllUsersAsync(list.Query(args), cancellationToken),
        list.Limit(args),
        "There are no users.",
        new Column<User>("Name", u => u.Name),
        new Column<User>("Full name", u => u.DisplayName),
        new Column<User>("E-mail", u => u.Email),
        new Column<User>("Rights", u => string.Join(", ", new[] { u.IsAdmin ? "administrator" : null, u.IsAuditor ? "auditor" : null, u.Disabled ? "disabled" : null }.Where(r => r is not null))),
        new Column<User>("Last seen", u => u.LastSeenAt));
}
