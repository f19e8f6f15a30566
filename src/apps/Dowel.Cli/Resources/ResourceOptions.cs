using System.CommandLine;

namespace Dowel.Cli;

/// <summary>What every thing takes when it is made.</summary>
internal sealed class ResourceOptions
{
    private readonly Option<string?> project = new("--project") { Description = "The project that will own it; default your own.", HelpName = "project" };
    private readonly Option<string?> description = new("--description", "-d") { Description = "What it is, for people.", HelpName = "text" };
    private readonly Option<string?> owner = new("--owner") { Description = "The user who answers for it; default you.", HelpName = "user" };
    private readonly Option<string[]> tags = new("--tag") { Description = "A tag; may be repeated.", HelpName = "key=value" };

    public ResourceOptions(Command command)
    {
        command.Options.Add(project);
        command.Options.Add(description);
        command.Options.Add(owner);
        command.Options.Add(tags);
    }

    public string? Project(ParseResult args) => args.GetValue(project);

    public string? Description(ParseResult args) => args.GetValue(description);

    public string? Owner(ParseResult args) => args.GetValue(owner);

    public IReadOnlyDictionary<string, string>? Tags(ParseResult args) => Lines.PairsOrNull(args.GetValue(tags), "--tag");
}
