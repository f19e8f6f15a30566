using System.CommandLine;

namespace Dowel.Cli.Datasets;

/// <summary>Downloads a dataset version.</summary>
internal sealed class DatasetDownloadCommand : ClientCommand
{
    private readonly Argument<string> dataset = new("dataset") { Description = "Name, project.name or id." };
    private readonly Option<int?> version = new("--version", "-v") { Description = "A version; default the newest.", HelpName = "n" };
    private readonly Option<string> format = new("--format") { Description = "The file's format.", DefaultValueFactory = _ => "csv", HelpName = "csv|parquet" };
    private readonly DownloadTarget target;

    public DatasetDownloadCommand(CliHost host) : base(
        host, "download", "Download a dataset as a file.", "dowel dataset download titanic", "dowel dataset download titanic --format parquet --to data/titanic.parquet", "dowel dataset download titanic --to - | head")
    {
        format.AcceptOnlyFromAmong("csv", "parquet");
        Arguments.Add(dataset);
        Options.Add(version);
        Options.Add(format);
        target = new DownloadTarget(this);
    }

    protected override Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var name = args.GetValue(dataset)!;
        var kind = args.GetValue(format)!;
        var file = string.Concat($"{name}.{kind}".Split(Path.GetInvalidFileNameChars()));
        return target.SaveAsync(session, args, file, () => session.Client.Datasets.DownloadAsync(name, args.GetValue(version), kind, cancellationToken), cancellationToken);
    }
}
