using System.CommandLine;

namespace Dowel.Cli.Sharing;

/// <summary>Shares any thing.</summary>
internal sealed class ShareCommand : ClientCommand
{
    private readonly Argument<string> resource = new("resource") { Description = ResourceReference.Help };
    private readonly ShareOptions share;

    public ShareCommand(CliHost host) : base(
        host, "share", "Show or change who may see and use a thing.", "dowel share dataset:titanic", "dowel share features:passenger_features --with bob:use --with eve:read", "dowel share model:titanic-survival --visibility public", "dowel share dataset:titanic --without eve")
    {
        Arguments.Add(resource);
        share = new ShareOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken) =>
        await share.ApplyAsync(session, args, await ResourceReference.IdOfAsync(session, args.GetValue(resource)!, cancellationToken), cancellationToken);
}
