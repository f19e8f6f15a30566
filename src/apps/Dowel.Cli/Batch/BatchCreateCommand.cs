using System.CommandLine;
using Dowel.Cli.Datasets;
using Dowel.Contracts;

namespace Dowel.Cli.Batch;

/// <summary>Starts a batch run.</summary>
internal sealed class BatchCreateCommand : ClientCommand
{
    private readonly Option<string?> endpoint = new("--endpoint", "-e") { Description = "The endpoint that answers; else --model.", HelpName = "endpoint" };
    private readonly Option<string?> model = new("--model", "-m") { Description = "A model, loaded for the run alone: name, project.name or id.", HelpName = "model" };
    private readonly Option<int?> version = new("--model-version", "-v") { Description = "The version's number; else --alias.", HelpName = "n" };
    private readonly Option<string?> alias = new("--alias") { Description = "An alias, resolved now; default production.", HelpName = "alias" };
    private readonly Option<bool> allowRefused = new("--allow-refused") { Description = "Run a version that its gate refused all the same." };
    private readonly Option<string> input = new("--input", "-i") { Description = "The dataset, also as NAME@VERSION; or a .csv, .parquet or .jsonl file, which becomes a dataset of its name first.", HelpName = "dataset|file", Required = true };
    private readonly Option<string> output = new("--to") { Description = "The dataset that takes the output as a new version; made if it is not there.", HelpName = "dataset", Required = true };
    private readonly Option<string?> project = new("--project") { Description = "The project of the output, and of the dataset made of a file; default your own.", HelpName = "project" };
    private readonly Option<string[]> columns = new("--column", "-c") { Description = "Which column fills an input that is named otherwise; may be repeated.", HelpName = "input=column" };
    private readonly Option<string[]> keep = new("--keep", "-k") { Description = "A column to copy to the output; may be repeated; default all.", HelpName = "column" };
    private readonly Option<int?> chunkRows = new("--chunk-rows") { Description = "Rows kept at once, 1 to 100000; default 10000.", HelpName = "n" };
    private readonly Option<int?> concurrency = new("--concurrency") { Description = "Chunks at the same time, 1 to 16; default 1.", HelpName = "n" };
    private readonly Option<double?> maxRate = new("--max-rows-per-second") { Description = "Rows a second at most; default no limit.", HelpName = "n" };
    private readonly Option<double?> maxFailed = new("--max-failed") { Description = "The share of rows that may fail, 0 to 1; default 0.5.", HelpName = "share" };
    private readonly BatchWait wait;

    public BatchCreateCommand(CliHost host) : base(
        host,
        "create",
        "Run an endpoint or a model version over a dataset into another dataset.",
        "dowel batch create --endpoint titanic-survival --input passengers --to survival-march --wait",
        "dowel batch create --model churn --model-version 3 --input customers.csv --to churn-scores --keep customer_id",
        "dowel batch create -e churn -i crm.customers@4 --to scores -c age=age_years --max-rows-per-second 500")
    {
        foreach (var option in new Option[] { endpoint, model, version, alias, allowRefused, input, output, project, columns, keep, chunkRows, concurrency, maxRate, maxFailed }) Options.Add(option);
        wait = new BatchWait(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        if (args.GetValue(endpoint) is null == args.GetValue(model) is null) throw CliException.Usage("Give either --endpoint or --model.");
        if (args.GetValue(version) is not null && args.GetValue(alias) is not null) throw CliException.Usage("--model-version and --alias exclude each other.");
        var (dataset, datasetVersion) = await InputAsync(session, args, cancellationToken);
        var defaults = new BatchSettings();
        var run = await session.Client.Batch.CreateAsync(new CreateBatchRun
        {
            Endpoint = args.GetValue(endpoint),
            Model = args.GetValue(model),
            Version = args.GetValue(version),
            Alias = args.GetValue(alias),
            AllowRefused = args.GetValue(allowRefused),
            Input = dataset,
            InputVersion = datasetVersion,
            Output = args.GetValue(output)!,
            Project = args.GetValue(project),
            Columns = Lines.PairsOrNull(args.GetValue(columns), "--column"),
            Keep = args.GetValue(keep) is { Length: > 0 } kept ? kept : null,
            Settings = new BatchSettings
            {
                ChunkRows = args.GetValue(chunkRows) ?? defaults.ChunkRows,
                Concurrency = args.GetValue(concurrency) ?? defaults.Concurrency,
                MaxRowsPerSecond = args.GetValue(maxRate),
                MaxFailedShare = args.GetValue(maxFailed) ?? defaults.MaxFailedShare,
            },
        }, cancellationToken);
        return await wait.EndAsync(session, args, run, $"Started {run.Id}: {run.Rows} rows of {run.Input} version {run.InputVersion}. See how far it is: dowel batch show {run.Id}", cancellationToken);
    }

    /// <summary>The dataset that is meant; a file becomes one first.</summary>
    private async Task<(string Dataset, int? Version)> InputAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var given = args.GetValue(input)!;
        if (!File.Exists(given))
        {
            // A path that leads nowhere is no dataset's name.
            if (given.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || Path.GetExtension(given) is ".csv" or ".parquet" or ".jsonl") throw new CliException($"There is no file {given}.");
            var at = given.LastIndexOf('@');
            return at > 0 && int.TryParse(given[(at + 1)..], out var number) ? (given[..at], number) : (given, null);
        }
        var (dataset, made) = await DatasetFile.UploadAsync(session, given, null, new CreateDataset { Name = Path.GetFileNameWithoutExtension(given), Project = args.GetValue(project) }, cancellationToken);
        await session.Output.NoteAsync($"Uploaded {given} as {dataset.Project}.{dataset.Name} version {made.Version}.");
        return (dataset.Id, made.Version);
    }
}
