using System.CommandLine;

namespace Dowel.Cli.Features;

/// <summary>Pushes rows.</summary>
internal sealed class FeaturesPushCommand : ClientCommand
{
    private readonly Argument<string> view = new("view") { Description = "Name, project.name or id." };
    private readonly Argument<string> file = new("file") { Description = "A .csv file with a header, or a table as .json; '-' reads CSV from standard input." };

    public FeaturesPushCommand(CliHost host) : base(
        host, "push", "Push rows (entity, timestamp, features) into the offline and the online store.", "dowel features push passenger_features features.csv", "make-features | dowel features push passenger_features -")
    {
        Arguments.Add(view);
        Arguments.Add(file);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var (name, path) = (args.GetValue(view)!, args.GetValue(file)!);
        if (path != "-" && !File.Exists(path)) throw new CliException($"There is no file {path}.");
        var json = Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);
        var pushed = json
            ? await session.Client.FeatureViews.PushAsync(name, await TableFile.ReadAsync(Host, path, cancellationToken), cancellationToken)
            : await PushCsvAsync(session, name, path, cancellationToken);
        return session.Output.Done($"Pushed {pushed.Rows} rows into {name}; {pushed.OnlineUpdated} entities changed online; data version {pushed.DataVersion}.", pushed);
    }

    private static async Task<Contracts.PushResult> PushCsvAsync(CliSession session, string name, string path, CancellationToken cancellationToken)
    {
        await using var csv = path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return await session.Client.FeatureViews.PushCsvAsync(name, csv, cancellationToken);
    }
}
