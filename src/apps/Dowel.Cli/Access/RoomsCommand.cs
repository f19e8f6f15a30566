using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Access;

/// <summary>Lists the server's rooms.</summary>
internal sealed class RoomsCommand(CliHost host) : ClientCommand(host, "rooms", "The parts of this server, and how to switch on those that are off.", "dowel rooms")
{
    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) => session.Output.List(
        await session.Client.Server.RoomsAsync(cancellationToken),
        "This server has no rooms.",
        new Column<RoomInfo>("Room", r => r.Name),
        new Column<RoomInfo>("On", r => r.Enabled ? "yes" : "no"),
        new Column<RoomInfo>("To switch on", r => r.Enabled ? "" : r.HowToEnable));
}
