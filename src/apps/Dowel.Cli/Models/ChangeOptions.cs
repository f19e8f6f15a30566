using System.CommandLine;

namespace Dowel.Cli.Models;

/// <summary>What changes of a model and of a version, and why.</summary>
internal sealed class ChangeOptions
{
    private readonly Option<string?> description = new("--description", "-d") { Description = "New description.", HelpName = "text" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A tag to set; may be repeated.", HelpName = "key=value" };
    private readonly Option<string[]> untag = new("--untag") { Description = "A tag to remove; may be repeated.", HelpName = "key" };
    private readonly Option<string?> reason = new("--reason", "-r") { Description = "Why; kept in the history.", HelpName = "text" };

    public ChangeOptions(Command command)
    {
        command.Options.Add(description);
        command.Options.Add(tags);
        command.Options.Add(untag);
        command.Options.Add(reason);
    }

    public string? Description(ParseResult args) => args.GetValue(description);

    public string? Reason(ParseResult args) => args.GetValue(reason);

    /// <summary>Tags to set, and with null to remove; null for none.</summary>
    public IReadOnlyDictionary<string, string?>? Tags(ParseResult args)
    {
        var changes = (Lines.PairsOrNull(args.GetValue(tags), "--tag") ?? new Dictionary<string, string>()).ToDictionary(t => t.Key, t => (string?)t.Value);
        foreach (var key in args.GetValue(untag) ?? []) changes[key] = null;
        return changes.Count > 0 ? changes : null;
    }
}
