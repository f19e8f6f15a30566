using System.CommandLine;
using Dowel.Client;
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
        var kind = args.GetValue(format) ?? DatasetFormats.OfFile(path);
        var dataset = await FindOrCreateAsync(session, args, args.GetValue(name) ?? Path.GetFileNameWithoutExtension(path), cancellationToken);
        await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        var version = await session.Client.Datasets.UploadAsync(dataset.Id, content, kind, Path.GetFileName(path), cancellationToken);
        return session.Output.Done($"{dataset.Project}.{dataset.Name} version {version.Version}: {version.Rows} rows, {version.Columns.Count} columns, {Cell.Bytes(version.Bytes)}.", version);
    }

    private async Task<Dataset> FindOrCreateAsync(CliSession session, ParseResult args, string wanted, CancellationToken cancellationToken)
    {
        var project = resource.Project(args);
        try
        {
            return await session.Client.Datasets.GetAsync(project is null ? wanted : $"{project}.{wanted}", cancellationToken);
        }
        catch (DowelException e) when (e.Code == ErrorCodes.NotFound.Code)
        {
            var made = await session.Client.Datasets.CreateAsync(
                new CreateDataset { Name = wanted, Project = project, Description = resource.Description(args), Owner = resource.Owner(args), Tags = resource.Tags(args) }, cancellationToken);
            await session.Output.NoteAsync($"Created dataset {made.Project}.{made.Name}.");
            return made;
        }
    }
}
