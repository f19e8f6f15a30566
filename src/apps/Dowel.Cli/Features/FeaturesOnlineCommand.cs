using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Features;

/// <summary>Reads the newest features.</summary>
internal sealed class FeaturesOnlineCommand : ClientCommand
{
    private readonly Argument<string[]> features = new("features") { Description = "view, or view:feature; one or more.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string[]> entities = new("--entity", "-e") { Description = "A join key and its values.", Required = true, HelpName = "key=1,2" };

    public FeaturesOnlineCommand(CliHost host) : base(host, "online", "Read the newest features of entities.", "dowel features online passenger_features -e passenger_id=1,2,3", "dowel features online riders:trips -e rider_id=7 --output json")
    {
        Arguments.Add(features);
        Options.Add(entities);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var keys = Lines.Pairs(args.GetValue(entities), "--entity").ToDictionary(p => p.Key, IReadOnlyList<object> (p) => InputValues.Guess(Csv.Line(p.Value, "--entity"))!);
        var answer = await session.Client.FeatureViews.OnlineAsync(new OnlineFeaturesRequest { Features = args.GetValue(features)!, Entities = keys }, cancellationToken);
        ColumnInfo[] columns = [.. keys.Keys.Select(k => new ColumnInfo(k, "")), new ColumnInfo("status", ""), .. answer.Features.Select(f => new ColumnInfo(f, "")), new ColumnInfo("event_timestamp", "")];
        object?[][] rows = [.. answer.Values.Select((values, i) => (object?[])[.. keys.Values.Select(k => k.ElementAtOrDefault(i)), answer.Statuses.ElementAtOrDefault(i), .. values, answer.EventTimestamps.ElementAtOrDefault(i)])];
        return session.Output.Data(answer, columns, rows);
    }
}
