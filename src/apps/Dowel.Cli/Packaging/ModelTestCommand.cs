using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Dowel.Cli.Local;
using Dowel.Contracts;

namespace Dowel.Cli.Packaging;

/// <summary>Calls a model's folder once.</summary>
internal sealed class ModelTestCommand : DowelCommand
{
    private readonly Argument<string> folder = new("dir") { Description = "The model's folder." };
    private readonly Option<string[]> inputs = new("--input", "-i") { Description = "An input and its values, one a row, may be repeated; or a file with an Open Inference request.", HelpName = "name=1,2|file.json", Required = true };
    private readonly Option<string?> flavor = ModelFolder.FlavorOption();
    private readonly Option<string?> python = Runner.PythonOption();

    public ModelTestCommand(CliHost host) : base(
        host,
        "test",
        "Load a model's folder, call it once and print the answer.",
        "dowel model test ./iris --input sepal_length=5.1,6.2 --input sepal_width=3.5,2.9",
        "dowel model test ./iris --input body.json --output json",
        "dowel model test ./churn --flavor xgboost --input tenure=12,40 --input calls=3,0")
    {
        Arguments.Add(folder);
        Options.Add(inputs);
        Options.Add(flavor);
        Options.Add(python);
    }

    protected override async Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        var model = ModelFolder.Open(args.GetValue(folder)!, args.GetValue(flavor));
        model.Refuse(args, forPython: true, python);
        var body = await BodyAsync(args.GetValue(inputs)!, cancellationToken);
        var answer = model.IsPython ? await CallAsync(Runner.Python(Host, args.GetValue(python)), model, body, cancellationToken) : await AskAsync(model, body, cancellationToken);
        return Print(new Output(Host, args.GetValue(GlobalOptions.Output)), answer);
    }

    private static async Task<string> BodyAsync(string[] given, CancellationToken cancellationToken)
    {
        if (given is [var file] && !file.Contains('=')) return await File.ReadAllTextAsync(file, cancellationToken);
        var tensors = Lines.Pairs(given, "--input").Select(p =>
        {
            var values = InputValues.Guess(Csv.Line(p.Value, $"--input {p.Key}"));
            var datatype = values.FirstOrDefault(v => v is not "") switch { long => "INT64", double => "FP64", bool => "BOOL", _ => "BYTES" };
            // A value that is left out is missing, which only numbers with a point and texts can be.
            if (datatype is "INT64" && values.Contains("")) datatype = "FP64";
            return new { name = p.Key, shape = new[] { values.Length }, datatype, data = values.Select(v => v is "" ? null : v) };
        });
        return JsonSerializer.Serialize(new { inputs = tensors }, DowelJson.Options);
    }

    private async Task<JsonElement> AskAsync(ModelFolder model, string body, CancellationToken cancellationToken)
    {
        await using var served = await ServedModel.StartAsync(Host, model, model.Name, "127.0.0.1", Ports.Check("127.0.0.1", 0), 0, cancellationToken);
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return await served.Client.Endpoints.InferAsync(served.Endpoint.Name, content, cancellationToken: cancellationToken);
    }

    private async Task<JsonElement> CallAsync(string interpreter, ModelFolder model, string body, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(interpreter, [Runner.Folder, "call", model.Path, "--flavor", model.Flavor])
        {
            WorkingDirectory = model.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        using var process = Process.Start(start)!;
        await using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.StandardInput.WriteAsync(body);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read; what it printed says why.
        }
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        var said = (await errors).TrimEnd();
        if (process.ExitCode == 0)
        {
            if (said.Length > 0) await Host.Error.WriteLineAsync(said);
            return JsonDocument.Parse(await output).RootElement;
        }
        // The last line is the reason, those before it are what the model printed.
        var lines = said.Split('\n');
        if (lines.Length > 1) await Host.Error.WriteLineAsync(string.Join('\n', lines[..^1]));
        throw new CliException(lines[^1].Length > 0 ? lines[^1] : $"The runner ended with status {process.ExitCode}.");
    }

    private static int Print(Output output, JsonElement answer)
    {
        var tensors = answer.GetProperty("outputs").EnumerateArray().Select(o => (Name: o.GetProperty("name").GetString()!, Shape: o.GetProperty("shape").EnumerateArray().Select(s => s.GetInt32()).ToArray(), Data: o.GetProperty("data").EnumerateArray().Select(Value).ToArray())).ToList();
        var rows = tensors.Select(t => t.Shape.Length == 0 ? 1 : t.Shape[0]).DefaultIfEmpty(0).Max();
        object?[][] table = [.. Enumerable.Range(0, rows).Select(r => (object?[])[.. tensors.Select(t => Row(t.Data, rows, r))])];
        return output.Data(answer, [.. tensors.Select(t => new ColumnInfo(t.Name, ""))], table);
    }

    private static object? Row(object?[] data, int rows, int row)
    {
        var width = data.Length / rows;
        return width == 1 ? data[row] : data[(row * width)..((row + 1) * width)];
    }

    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? whole : value.GetDouble(),
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Null => null,
        _ => value.GetBoolean(),
    };
}
