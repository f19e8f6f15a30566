using System.CommandLine;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Asks an endpoint for predictions.</summary>
internal sealed class PredictCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "The endpoint's name." };
    private readonly Option<string[]> inputs = new("--input", "-i") { Description = "An input and its values, one a row; may be repeated.", HelpName = "name=1,2" };
    private readonly Option<string?> file = new("--file", "-f") { Description = "A ready-made Open Inference request; '-' for standard input. The answer is printed as it came.", HelpName = "body.json" };
    private readonly Option<string?> version = new("--model-version", "-v") { Description = "A model version; default the one its traffic chooses.", HelpName = "n" };

    public PredictCommand(CliHost host) : base(
        host,
        "predict",
        "Ask an endpoint for predictions, over the Open Inference Protocol.",
        "dowel predict titanic-survival --input passenger_id=1,2,3",
        "dowel predict iris -i sepal_length=5.1,6.2 -i sepal_width=3.5,2.9 --output json",
        "dowel predict titanic-survival --file body.json")
    {
        Arguments.Add(endpoint);
        Options.Add(inputs);
        Options.Add(file);
        Options.Add(version);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var name = args.GetValue(endpoint)!;
        var given = args.GetValue(inputs) ?? [];
        if (given.Length > 0 == args.GetValue(file) is not null) throw CliException.Usage("Give either --input or --file.");
        if (args.GetValue(file) is { } path)
        {
            await using var body = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            session.Output.WriteJson(await session.Client.Endpoints.InferAsync(name, body, args.GetValue(version), cancellationToken));
            return ExitCodes.Ok;
        }
        var pairs = Lines.Pairs(given, "--input");
        var types = await TypesAsync(session, name, args.GetValue(version), cancellationToken);
        var values = pairs.ToDictionary(p => p.Key, p => InputValues.Typed(p.Key, Csv.Line(p.Value, $"--input {p.Key}"), types.GetValueOrDefault(p.Key)));
        var answer = await session.Client.Endpoints.PredictAsync(name, values, args.GetValue(version), cancellationToken: cancellationToken);
        return Print(session, values, answer);
    }

    private static async Task<IReadOnlyDictionary<string, string>> TypesAsync(CliSession session, string name, string? version, CancellationToken cancellationToken)
    {
        try
        {
            var metadata = await session.Client.Endpoints.MetadataAsync(name, version, cancellationToken);
            if (!metadata.TryGetProperty("inputs", out var specs)) return new Dictionary<string, string>();
            return specs.EnumerateArray().ToDictionary(t => t.GetProperty("name").GetString()!, t => t.GetProperty("datatype").GetString()!);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or DowelException { Status: 503 or >= 500 })
        {
            // Without its signature the values' own look has to do.
            return new Dictionary<string, string>();
        }
    }

    private static int Print(CliSession session, IReadOnlyDictionary<string, Array> inputs, InferenceAnswer answer)
    {
        var rows = answer.Shapes.Values.Select(s => s.Length == 0 ? 1 : (int)s[0]).DefaultIfEmpty(0).Max();
        ColumnInfo[] columns = [.. inputs.Keys.Select(k => new ColumnInfo(k, "")), .. answer.Outputs.Keys.Select(k => new ColumnInfo(k, ""))];
        object?[][] table = [.. Enumerable.Range(0, rows).Select(i => (object?[])[
            .. inputs.Values.Select(v => i < v.Length ? v.GetValue(i) : null),
            .. answer.Outputs.Select(o => Row(o.Value, answer.Shapes[o.Key], i)),
        ])];
        var result = session.Output.Data(answer, columns, table);
        if (!session.Output.IsJson) session.Host.Error.WriteLine($"prediction {answer.Id}, model {answer.Model}{(answer.ModelVersion is null ? "" : $" version {answer.ModelVersion}")}");
        return result;
    }

    /// <summary>The values of one row; several where the output has more dimensions.</summary>
    private static object? Row(object?[] data, long[] shape, int row)
    {
        var width = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        var values = data.Skip((int)(row * width)).Take((int)width).ToArray();
        return values.Length == 1 ? values[0] : values;
    }
}
