using System.CommandLine;

namespace Dowel.Cli;

/// <summary>Deletes a thing after asking.</summary>
internal abstract class ResourceDeleteCommand : ClientCommand
{
    private readonly Argument<string> name;
    private readonly Option<bool> yes = new("--yes", "-y") { Description = "Do not ask." };
    private readonly string kind;
    private readonly string extent;

    protected ResourceDeleteCommand(CliHost host, string kind, string extent, string noun, string example) : base(host, "delete", $"Delete {Article(kind)} {kind}{extent}.", $"dowel {noun} delete {example}", $"dowel {noun} delete {example} --yes")
    {
        this.kind = kind;
        this.extent = extent;
        name = new Argument<string>(kind.Replace(' ', '-')) { Description = kind is "run" or "batch run" ? "Run id." : "Name, project.name or id." };
        Arguments.Add(name);
        Options.Add(yes);
    }

    protected abstract Task DeleteAsync(CliSession session, string name, CancellationToken cancellationToken);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var given = args.GetValue(name)!;
        await session.ConfirmAsync(args.GetValue(yes), $"Delete {kind} '{given}'{extent}?");
        await DeleteAsync(session, given, cancellationToken);
        return session.Output.Done($"Deleted {kind} {given}.", new { kind, name = given, deleted = true });
    }

    private static string Article(string kind) => kind[0] is 'e' or 'a' ? "an" : "a";
}
