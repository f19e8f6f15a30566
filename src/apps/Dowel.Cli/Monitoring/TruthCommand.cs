using System.CommandLine;

namespace Dowel.Cli.Monitoring;

/// <summary>Sends ground truth.</summary>
internal sealed class TruthCommand : ClientCommand
{
    private const int Batch = 5000;
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly Argument<string> file = new("file") { Description = "A .csv file with the columns prediction_id and value (one line a row of the prediction, in order), or .json: a list of {\"predictionId\", \"values\"}." };

    public TruthCommand(CliHost host) : base(host, "truth", "Send what turned out to be right, by prediction id; the last one for a prediction counts.", "dowel truth titanic-survival outcomes.csv", "dowel truth titanic-survival - < outcomes.csv")
    {
        Arguments.Add(endpoint);
        Arguments.Add(file);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var items = await TruthFile.ReadAsync(Host, args.GetValue(file)!, cancellationToken);
        var accepted = 0;
        var unknown = new List<string>();
        foreach (var batch in items.Chunk(Batch))
        {
            var result = await session.Client.Monitoring.SendGroundTruthAsync(args.GetValue(endpoint)!, batch, cancellationToken);
            accepted += result.Accepted;
            unknown.AddRange(result.Unknown);
        }
        session.Output.Done($"Kept the ground truth of {accepted} predictions.", new { accepted, unknown });
        if (unknown.Count == 0) return ExitCodes.Ok;
        await session.Output.NoteAsync($"{items.Count - accepted} ids are no prediction of this endpoint, such as {string.Join(", ", unknown.Take(5))}.");
        return ExitCodes.Failed;
    }
}
