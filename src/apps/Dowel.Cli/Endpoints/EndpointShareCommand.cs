using System.CommandLine;
using Dowel.Cli.Sharing;

namespace Dowel.Cli.Endpoints;

/// <summary>Shares an endpoint.</summary>
internal sealed class EndpointShareCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly ShareOptions share;

    public EndpointShareCommand(CliHost host) : base(
        host, "share", "Show or change who may see and call an endpoint.", "dowel endpoint share titanic-survival", "dowel endpoint share titanic-survival --with bob:use", "dowel endpoint share titanic-survival --visibility public")
    {
        Arguments.Add(endpoint);
        share = new ShareOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Endpoints.GetAsync(args.GetValue(endpoint)!, cancellationToken);
        return await share.ApplyAsync(session, args, found.Id, cancellationToken);
    }
}
