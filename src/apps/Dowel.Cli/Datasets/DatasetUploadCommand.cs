using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Datasets;

/// <summary>Adds a version from a file, making the dataset if it is new.</summary>
internal sealed class DatasetUploadCommand : ClientCommand
{
    private readonly Argument<string> file = new("file") { Description = "A .csv, .parquet or .jsonl file." };
    private readonly Option<string?> name = new("--name", "-n") { Description = "The dataset; default the file's name. Made if it is not there.", HelpName = "dataset" };
    private readonly Option<string?> format = new("--format") { Description = "csv, parquet or jsonl; default by the file's extension.", HelpName = "format" };
    private readonly ResourceOptions resource;

    public DatasetUploadCommand(CliHost host) : base(
        host,
        "upload",
        "Upload a file as a new version of a dataset; the dataset is made if it is not there.",
        "dowel dataset upload titanic.csv",
        "dowel dataset upload march.parquet --name sales --project retail",
        "dowel dataset upload export.txt --name people --format csv")
    {
        format.AcceptOnlyFromAmong("csv", "parquet", "jsonl");
        Arguments.Add(file);
        Options.Add(name);
        Options.Add(format);
        resource = new ResourceOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var path = args.GetValue(file)!;
        if (!File.Exists(path)) throw new CliException($"There is no file {path}.");
        var spec = new CreateDataset { Name = args.GetValue(name) ?? Path.GetFileNameWithoutExtension(path), Project = resource.Project(args), Description = resource.Description(args), Owner = resource.Owner(args), Tags = resource.Tags(args) };
        var (dataset, version) = await DatasetFile.UploadAsync(session, path, args.GetValue(format), spec, cancellationToken);
        return session.Output.Done($"{dataset.Project}.{dataset.Name} version {version.Version}: {version.Rows} rows, {version.Columns.Count} columns, {Cell.Bytes(version.Bytes)}.", version);
    }
}
