using System.CommandLine;

namespace Dowel.Cli;

/// <summary>A command that talks to a server.</summary>
internal abstract class ClientCommand : DowelCommand
{
    protected ClientCommand(CliHost host, string name, string description, params string[] examples) : base(host, name, description, examples)
    {
    }

    protected abstract Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken);

    protected override async Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        var connection = Connection.Resolve(Host, args.GetValue(GlobalOptions.Server), args.GetValue(GlobalOptions.Token));
        using var client = Host.Connect(connection.Server, connection.Token);
        var session = new CliSession(Host, client, new Output(Host, args.GetValue(GlobalOptions.Output)));
        return await RunAsync(session, args, cancellationToken);
    }
}
