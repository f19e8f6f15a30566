using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli;

/// <summary>The options of every list.</summary>
internal sealed class ListOptions
{
    private readonly Option<string?> search = new("--search") { Description = "Only those whose name or description contain this.", HelpName = "text" };
    private readonly Option<string?> project = new("--project") { Description = "Only those of this project.", HelpName = "project" };
    private readonly Option<string?> sort = new("--sort") { Description = "name, created or updated; '-' before it for descending.", HelpName = "column" };
    private readonly Option<int> limit = LimitOption();

    public ListOptions(Command command, bool withProject = true)
    {
        command.Options.Add(search);
        if (withProject) command.Options.Add(project);
        command.Options.Add(sort);
        command.Options.Add(limit);
    }

    public static Option<int> LimitOption(int usual = 100)
    {
        var option = new Option<int>("--limit") { Description = "How many at most.", DefaultValueFactory = _ => usual, HelpName = "n" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var n) && n < 1) result.AddError("--limit must be at least 1.");
        });
        return option;
    }

    public ListQuery Query(ParseResult args) => new()
    {
        Search = args.GetValue(search),
        Project = args.GetResult(project) is null ? null : args.GetValue(project),
        Sort = args.GetValue(sort),
        Limit = Math.Min(args.GetValue(limit) + 1, 1000),
    };

    public int Limit(ParseResult args) => args.GetValue(limit);
}
