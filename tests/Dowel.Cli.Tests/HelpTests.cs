using System.CommandLine;
using System.Text;
using Dowel.Contracts;

namespace Dowel.Cli.Tests;

public sealed class HelpTests : IDisposable
{
    private readonly CliRun cli = new();

    /// <summary>The files that commands read, with an example of each.</summary>
    private static readonly (string Title, string Text, Type Type)[] Forms =
    [
        ("`features create -f`", """
            {
              "name": "passenger_features",
              "project": "titanic",
              "description": "What is known of a passenger",
              "entity": { "name": "passenger_id", "type": "int64" },
              "features": [
                { "name": "title", "type": "string", "default": "other" },
                { "name": "age", "type": "float64", "description": "Years, imputed by title" }
              ],
              "timestampField": "event_timestamp",
              "ttlSeconds": null,
              "online": true,
              "state": "active",
              "tags": { "team": "demo" }
            }
            """, typeof(CreateFeatureView)),
        ("`features update --add-features`", """[{ "name": "cabin_deck", "type": "string" }]""", typeof(List<Feature>)),
        ("A table, for `features push` and `features historical` (each also takes CSV with a header)", """
            {
              "columns": [{ "name": "passenger_id", "type": "int64" }, { "name": "event_timestamp", "type": "timestamp" }, { "name": "age", "type": "float64" }],
              "rows": [[1, "1912-04-10T00:00:00Z", 29.0], [2, "1912-04-10T00:00:00Z", null]]
            }
            """, typeof(TableData)),
        ("`model create --gate` and `model gate -f`", """
            {
              "protectedAliases": ["production"],
              "metrics": [{ "metric": "auc", "min": 0.8, "tolerance": 0.01 }, { "metric": "log_loss", "max": 0.6, "tolerance": 0.02, "lowerIsBetter": true }],
              "requireSignature": true,
              "requireInputExample": true,
              "latencyBudgetMs": 50,
              "schema": "extend",
              "slices": [{ "name": "children", "inputs": { "age": [4, 9], "title": ["Mr", "Mrs"] }, "output": "survived", "expected": ["yes", "no"], "minAccuracy": 0.5 }],
              "golden": [{ "name": "a captain", "inputs": { "age": [70], "title": ["Mr"] }, "outputs": { "probability": [0.1] }, "tolerance": 0.05 }],
              "invariances": [{ "name": "title", "inputs": { "age": [30], "title": ["Mr"] }, "changed": { "title": ["Mrs"] }, "tolerance": 0.02 }],
              "approvals": { "count": 1, "by": [], "allowCreator": false }
            }
            """, typeof(ValidationGate)),
        ("`model version create -f`", """
            {
              "runId": "01J…",
              "artifactPath": "model",
              "flavor": "mlnet",
              "description": "Random forest on 14 features",
              "signature": {
                "inputs": [{ "name": "age", "datatype": "FP32", "shape": [-1] }, { "name": "title", "datatype": "BYTES", "shape": [-1], "values": ["Mr", "Mrs"] }],
                "outputs": [{ "name": "probability", "datatype": "FP32", "shape": [-1] }]
              },
              "inputExample": { "age": [29.0], "title": ["Mr"] },
              "trainingData": ["dataset:titanic@1", "features:passenger_features@1"]
            }
            """, typeof(CreateModelVersion)),
        ("`endpoint create -f`; `endpoint update -f` takes the same without `project`, what is left out stays", """
            name: sentiment
            project: nlp
            deployment:
              # one of model (with version or alias), container, remote, graph and observed
              container:
                image: registry.example.com/nlp/sentiment:3
                protocol: seldon
                port: 9000
                environment: { LANGUAGE: de }
                secrets: { API_KEY: "..." }
                egress: ["vectors.example.com:443"]
              replicas: 2
              settings:
                timeoutSeconds: 5
                batching: { maxSize: 32, maxWaitMs: 5 }
                scaling: { min: 0, max: 8, targetConcurrency: 4, targetLatencyMs: 200, windowSeconds: 60, idleSeconds: 300, coldStartSeconds: 60 }
                breaker: { failureRatio: 0.5, minimumRequests: 20, windowSeconds: 10, openSeconds: 5 }
                resources: { cpus: 1.5, memoryMb: 2048, gpus: 1 }
            features: { view: crm.customers, onMissing: defaults }
            limits: { requestsPerSecond: 200, maxConcurrency: 64, callerRequestsPerSecond: 20 }
            ingress: { projects: [crm], addresses: ["10.0.0.0/8"] }
            """, typeof(CreateEndpoint)),
        ("`endpoint create --graph`", """
            nodes:
              root:
                kind: sequence
                steps:
                  - { endpoint: clean, rename: { text: raw } }
                  - { node: by-language, data: response }
              by-language:
                kind: switch
                steps:
                  - { endpoint: sentiment-de, condition: "language == 'de'" }
                  - { node: both }
              both:
                kind: ensemble
                combiner: mean
                steps: [{ endpoint: sentiment-small }, { endpoint: sentiment-large, optional: true }]
            """, typeof(InferenceGraph)),
        ("`truth`", """[{ "predictionId": "01J…", "values": [1] }]""", typeof(List<GroundTruthItem>)),
    ];

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task Every_command_has_a_description_examples_and_the_exit_codes()
    {
        foreach (var command in All(DowelRoot.Build(cli.Host())).Where(c => c.Subcommands.Count == 0))
        {
            var path = DowelCli.PathOf(command);
            Assert.False(string.IsNullOrWhiteSpace(command.Description), path);
            Assert.IsType<DowelCommand>(command, exactMatch: false);
            Assert.NotEmpty(((DowelCommand)command).Examples);
            Assert.All(command.Options, o => Assert.False(string.IsNullOrWhiteSpace(o.Description), $"{path} {o.Name}"));
            Assert.All(command.Arguments, a => Assert.False(string.IsNullOrWhiteSpace(a.Description), $"{path} {a.Name}"));

            Assert.Equal(0, await cli.DowelAsync([.. path.Split(' ').Skip(1), "--help"]));
            Assert.Contains("Usage:" + Environment.NewLine + "  " + path, cli.Out.ToString(), StringComparison.Ordinal);
            Assert.Contains("Exit codes:", cli.Out.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_example_is_a_command_line_that_parses()
    {
        var root = DowelRoot.Build(cli.Host());
        foreach (var command in All(root).OfType<DowelCommand>())
        {
            foreach (var example in command.Examples)
            {
                var words = Words(example[example.IndexOf("dowel ", StringComparison.Ordinal)..]);
                var parsed = root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
                Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join(' ', parsed.Errors.Select(e => e.Message))}");
                Assert.Same(command, parsed.CommandResult.Command);
            }
        }
    }

    [Fact]
    public async Task Without_arguments_it_helps()
    {
        Assert.Equal(0, await cli.DowelAsync());
        Assert.Contains("dataset", cli.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_knows_commands_and_options()
    {
        await cli.DowelAsync("[suggest:14]", "dowel dataset ");
        Assert.Contains("upload", cli.Out.ToString(), StringComparison.Ordinal);

        await cli.DowelAsync("[suggest:22]", "dowel dataset list --s");
        Assert.Contains("--search", cli.Out.ToString(), StringComparison.Ordinal);

        await cli.DowelAsync("completion", "bash");
        Assert.Contains("complete -o default -F _dowel dowel", cli.Out.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The reference page is written from the help: run with DOWEL_UPDATE_DOCS=1 to write it anew.</summary>
    [Fact]
    public async Task The_reference_page_is_the_help()
    {
        var page = await PageAsync();
        var path = InRepository("docs/reference/cli.md");
        if (Environment.GetEnvironmentVariable("DOWEL_UPDATE_DOCS") == "1") await File.WriteAllTextAsync(path, page);

        Assert.Equal(page, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Every_form_of_file_on_the_page_can_be_read()
    {
        foreach (var (title, text, type) in Forms)
        {
            var read = typeof(JsonFile).GetMethod(nameof(JsonFile.ReadAsync))!.MakeGenericMethod(type);
            var task = (Task)read.Invoke(null, [cli.Host(), cli.File("form", text), CancellationToken.None])!;
            await task;
            Assert.True(task.IsCompletedSuccessfully, title);
        }
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);

    internal static string InRepository(string path)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "global.json"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The repository's root was not found.");
        return Path.Combine(folder, path);
    }

    /// <summary>Splits an example as a shell would, as far as the examples need it.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char? quote = null;
        foreach (var c in line.Split(" | head")[0])
        {
            if (c == quote) quote = null;
            else if (quote is not null) word.Append(c);
            else if (c is '\'' or '"') quote = c;
            else if (c is '<' or '>' or ')') break;
            else if (c == ' ')
            {
                if (word.Length > 0) words.Add(word.ToString());
                word.Clear();
            }
            else word.Append(c);
        }
        if (word.Length > 0) words.Add(word.ToString());
        return words[1..];
    }

    private async Task<string> PageAsync()
    {
        var page = new StringBuilder();
        page.Append("""
            # The dowel command

            Written from the command's own help; do not edit it by hand (`DOWEL_UPDATE_DOCS=1` with `HelpTests` writes it anew).

            Every command but `up`, `demo` and `completion` is a client of a server's API. Results go to standard output, messages to standard error; with `--output json` the result is
            JSON alone, in the same form as the API's. Which server, and as whom: `--server` and `--token`, else the variables `DOWEL_SERVER` and `DOWEL_TOKEN`, else what
            `dowel login` wrote to `~/.config/dowel/config.json` (`$XDG_CONFIG_HOME/dowel/config.json` where that is set; only you can read it). A token kept there is sent to its own server only.

            Points in time are ISO 8601 or how long ago: `90s`, `15m`, `2h`, `7d`. Names of things are a bare name, `project.name` or an id.

            | exit code | meaning |
            | --- | --- |
            | 0 | ok |
            | 1 | failed: the server refused the request, a gate did not pass, the audit trail does not verify |
            | 2 | wrong usage |
            | 3 | not signed in, or denied |
            | 4 | not found |
            | 5 | server unreachable |
            | 130 | interrupted |

            Every command also takes `--output table|json`, `--server url`, `--token token` and `--help`.

            Completion of commands and options: `source <(dowel completion bash)`, or `zsh`, or `fish`.

            ## Files

            Each may be JSON or YAML, whichever is shown.


            """.ReplaceLineEndings("\n"));
        foreach (var (title, text, _) in Forms) page.Append(title).Append(text[0] is '{' or '[' ? ":\n\n```json\n" : ":\n\n```yaml\n").Append(text.ReplaceLineEndings("\n")).Append("\n```\n\n");
        page.Append("## Commands\n\n");
        foreach (var command in All(DowelRoot.Build(cli.Host())).Where(c => c.Subcommands.Count == 0))
        {
            var path = DowelCli.PathOf(command);
            await cli.DowelAsync([.. path.Split(' ').Skip(1), "--help"]);
            page.Append("### ").Append(path).Append("\n\n").Append(command.Description).Append("\n\n```text\n").Append(Shortened(cli.Out.ToString())).Append("\n```\n\n");
        }
        return page.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>The help without what stands at the top of the page for all commands.</summary>
    private static string Shortened(string help)
    {
        var kept = new List<string>();
        var skipping = false;
        foreach (var line in help.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith("  -", StringComparison.Ordinal)) skipping = line.StartsWith("  -o, --output", StringComparison.Ordinal) || line.StartsWith("  --server", StringComparison.Ordinal) || line.StartsWith("  --token", StringComparison.Ordinal) || line.StartsWith("  -?", StringComparison.Ordinal);
            else if (line.Length == 0 || line[0] != ' ') skipping = false;
            if (!skipping) kept.Add(line.TrimEnd());
        }
        var text = string.Join('\n', kept);
        text = text[text.IndexOf("Usage:", StringComparison.Ordinal)..text.IndexOf("Exit codes:", StringComparison.Ordinal)];
        return text.Replace("Options:\n\n", "", StringComparison.Ordinal).Trim('\n');
    }
}
