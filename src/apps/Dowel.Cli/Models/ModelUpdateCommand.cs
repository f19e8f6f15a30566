using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Changes a model's name, description, owner or tags.</summary>
internal sealed class ModelUpdateCommand : ClientCommand
{
    private readonly Argument<string> model = new("model") { Description = "Name, project.name or id." };
    private readonly Option<string?> rename = new("--name") { Description = "New name.", HelpName = "name" };
    private readonly Option<string?> owner = new("--owner") { Description = "The user who answers for it.", HelpName = "user" };
    private readonly ChangeOptions change;

    public ModelUpdateCommand(CliHost host) : base(
        host, "update", "Change name, description, owner or tags of a model.", "dowel model update titanic-survival --name titanic --reason 'there is only one'", "dowel model update titanic-survival --tag team=red --untag draft")
    {
        Arguments.Add(model);
        Options.Add(rename);
        Options.Add(owner);
        change = new ChangeOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var patch = new ResourcePatch { Name = args.GetValue(rename), Description = change.Description(args), Owner = args.GetValue(owner) };
        long? revision = null;
        if (change.Tags(args) is { } tags)
        {
            // The API replaces all tags, so those that stay are sent along; the revision keeps somebody else's change from being undone by it.
            var found = await session.Client.Models.GetAsync(args.GetValue(model)!, cancellationToken);
            var all = new Dictionary<string, string>(found.Tags);
            foreach (var (key, value) in tags)
            {
                if (value is null) all.Remove(key);
                else all[key] = value;
            }
            (patch, revision) = (patch with { Tags = all }, found.Revision);
        }
        var changed = await session.Client.Models.UpdateAsync(args.GetValue(model)!, patch, revision, change.Reason(args), cancellationToken);
        return session.Output.Done($"Model {changed.Name} is changed.", changed);
    }
}
