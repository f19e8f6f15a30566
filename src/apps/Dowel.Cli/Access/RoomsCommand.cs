using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Access;

/// <summary>Lists the server's rooms.</summary>
internal sealed class RoomsCommand(CliHost host) : ClientCommand(host, "rooms", "The parts of this server, and how to switch on those that are off.", "dowel rooms")
{
    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var rooms = await session.Client.Server.RoomsAsync(cancellationToken);
        Column<RoomInfo>[] columns = [new("Room", r => r.Name), new("On", r => r.Enabled ? "yes" : "no")];
        if (rooms.Any(r => !r.Enabled)) columns = [.. columns, new("To switch on", r => r.Enabled ? "" : r.HowToEnable)];
        return session.Output.List(rooms, "This server has no rooms.", columns);
    }
}
