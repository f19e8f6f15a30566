using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Changes a version's description or tags.</summary>
internal sealed class VersionUpdateCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Argument<string> version = new("version") { Description = "Number or alias." };
    private readonly ChangeOptions change;

    public VersionUpdateCommand(CliHost host) : base(host, "update", "Change description or tags of a version; its files never change.", "dowel model version update titanic-survival 2 --tag reviewed=yes")
    {
        Arguments.Add(model);
        Arguments.Add(version);
        change = new ChangeOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var patch = new PatchModelVersion { Description = change.Description(args), Tags = change.Tags(args), Reason = change.Reason(args) };
        var changed = await session.Client.Models.UpdateVersionAsync(args.GetValue(model)!, args.GetValue(version)!, patch, cancellationToken);
        return session.Output.Done($"Version {changed.Version} of {changed.Model} is changed.", changed);
    }
}
