using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Sharing;

/// <summary>Shows or changes who may see a thing.</summary>
internal sealed class ShareOptions
{
    private readonly Option<string[]> with = new("--with", "-w") { Description = "A user and what they may do: read, use (the default) or edit; may be repeated.", HelpName = "user[:level]" };
    private readonly Option<string[]> without = new("--without") { Description = "A user it is shared with no longer; may be repeated.", HelpName = "user" };
    private readonly Option<Visibility?> visibility = new("--visibility") { Description = "private (its project), shared (named people as well), public (everyone signed in).", HelpName = "private|shared|public" };

    public ShareOptions(Command command)
    {
        command.Options.Add(with);
        command.Options.Add(without);
        command.Options.Add(visibility);
    }

    public async Task<int> ApplyAsync(CliSession session, ParseResult args, string id, CancellationToken cancellationToken)
    {
        var present = await session.Client.Resources.SharingAsync(id, cancellationToken);
        var next = Change(present, args.GetValue(with) ?? [], args.GetValue(without) ?? [], args.GetValue(visibility));
        if (next is not null) present = await session.Client.Resources.ShareAsync(id, next, cancellationToken);
        session.Output.Record(present, ("Visibility", present.Visibility));
        session.Output.Section("Shared with", present.People, new Column<Share>("User", s => s.User), new Column<Share>("May", s => s.Level));
        return ExitCodes.Ok;
    }

    /// <summary>The sharing after the change; null where there is none.</summary>
    internal static Contracts.Sharing? Change(Contracts.Sharing present, IReadOnlyList<string> with, IReadOnlyList<string> without, Visibility? visibility)
    {
        if (with.Count == 0 && without.Count == 0 && visibility is null) return null;
        var people = present.People.ToDictionary(p => p.User, p => p.Level);
        foreach (var gone in without)
        {
            if (!people.Remove(gone)) throw new CliException($"It is not shared with '{gone}'.");
        }
        foreach (var text in with)
        {
            var parts = text.Split(':', 2);
            var level = parts.Length == 1 ? Permission.Use : parts[1] switch
            {
                "read" => Permission.Read,
                "use" => Permission.Use,
                "edit" => Permission.Edit,
                _ => throw CliException.Usage($"--with '{text}': '{parts[1]}' is no level.", "Give read, use or edit, such as --with bob:read."),
            };
            people[parts[0]] = level;
        }
        // Naming people means sharing with them, unless it is said otherwise.
        var seen = visibility ?? (with.Count > 0 && present.Visibility == Visibility.Private ? Visibility.Shared : present.Visibility);
        return new Contracts.Sharing { Visibility = seen, People = [.. people.Select(p => new Share(p.Key, p.Value))] };
    }
}
