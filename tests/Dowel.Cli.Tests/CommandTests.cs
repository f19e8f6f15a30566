using System.Net;
using Dowel.Contracts;

namespace Dowel.Cli.Tests;

public sealed class CommandTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task Upload_makes_the_dataset_when_it_is_new()
    {
        var file = cli.File("people.csv", "a\n1\n");
        cli.Answers("""{"title":"x","code":"resource.not_found","status":404}""", HttpStatusCode.NotFound)
            .Answers("""{"id":"01D","name":"people","project":"hr"}""")
            .Answers("""{"version":1,"rows":1,"columns":[{"name":"a","type":"int64"}]}""");

        Assert.Equal(0, await cli.DowelAsync("dataset", "upload", file, "--project", "hr", "--tag", "a=b=c"));

        Assert.Equal(
            ["GET /api/v1/datasets/hr.people", "POST /api/v1/datasets", "POST /api/v1/datasets/01D/versions?format=csv&source=people.csv"],
            cli.Server.Requests.Select(r => $"{r.Method} {r.Path}"));
        Assert.Contains("\"tags\":{\"a\":\"b=c\"}", cli.Server.Requests[1].Body, StringComparison.Ordinal);
        Assert.Equal("a\n1\n", cli.Server.Last.Body);
        Assert.Contains("hr.people version 1: 1 rows, 1 columns", cli.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_of_a_denied_dataset_makes_no_other()
    {
        cli.Answers("", HttpStatusCode.Forbidden);

        Assert.Equal(3, await cli.DowelAsync("dataset", "upload", cli.File("people.csv", "a\n1\n")));

        Assert.Single(cli.Server.Requests);
    }

    [Fact]
    public async Task Predict_takes_types_from_the_endpoint()
    {
        cli.Answers("""{"name":"e","inputs":[{"name":"id","datatype":"INT64","shape":[-1]},{"name":"name","datatype":"BYTES","shape":[-1]},{"name":"x","datatype":"FP32","shape":[-1]}]}""")
            .Answers("""{"id":"01P","model_name":"e","model_version":"1","outputs":[{"name":"p","datatype":"FP64","shape":[2],"data":[0.25,0.75]}]}""");

        Assert.Equal(0, await cli.DowelAsync("predict", "e", "--input", "id=1,2", "--input", "name=\"a,b\",007", "--input", "x=1,2.5"));

        Assert.Equal(
            """{"inputs":[{"name":"id","datatype":"INT64","shape":[2],"data":[1,2]},{"name":"name","datatype":"BYTES","shape":[2],"data":["a,b","007"]},{"name":"x","datatype":"FP32","shape":[2],"data":[1,2.5]}]}""",
            cli.Server.Last.Body);
        Assert.Contains("0.75", cli.Out.ToString(), StringComparison.Ordinal);
        Assert.Contains("prediction 01P", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_says_which_input_is_of_the_wrong_type()
    {
        cli.Answers("""{"name":"e","inputs":[{"name":"id","datatype":"INT64","shape":[-1]}]}""");

        Assert.Equal(2, await cli.DowelAsync("predict", "e", "--input", "id=one"));

        Assert.Contains("--input id: 'one' is not of type INT64", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_sends_a_ready_made_body_as_it_is()
    {
        var body = """{"inputs": [ {"name":"id","datatype":"INT64","shape":[1],"data":[1]} ]}""";
        cli.Answers("""{"outputs":[]}""");

        Assert.Equal(0, await cli.DowelAsync("predict", "e", "--file", cli.File("body.json", body)));

        Assert.Equal(body, cli.Server.Last.Body);
    }

    [Fact]
    public async Task Sharing_with_somebody_keeps_the_others()
    {
        cli.Answers("""{"id":"01E","name":"e"}""").Answers("""{"visibility":"private","people":[{"user":"eve","level":"read"},{"user":"mallory","level":"edit"}]}""").Answers("""{"visibility":"shared","people":[]}""");

        Assert.Equal(0, await cli.DowelAsync("share", "endpoint:e", "--with", "bob", "--with", "ann:edit", "--without", "mallory"));

        Assert.Equal("PUT /api/v1/resources/01E/sharing", $"{cli.Server.Last.Method} {cli.Server.Last.Path}");
        Assert.Equal("""{"visibility":"shared","people":[{"user":"eve","level":"read"},{"user":"ann","level":"edit"},{"user":"bob","level":"use"}]}""", Sorted(cli.Server.Last.Body!));

        static string Sorted(string body)
        {
            var sharing = System.Text.Json.JsonSerializer.Deserialize<Contracts.Sharing>(body, DowelJson.Options)!;
            return System.Text.Json.JsonSerializer.Serialize(sharing with { People = [.. sharing.People.OrderBy(p => p.User == "eve" ? 0 : 1).ThenBy(p => p.User)] }, DowelJson.Options);
        }
    }

    [Fact]
    public async Task Sharing_without_a_change_only_shows()
    {
        cli.Answers("""{"visibility":"public","people":[]}""");

        Assert.Equal(0, await cli.DowelAsync("share", "01R"));

        Assert.Equal("GET", Assert.Single(cli.Server.Requests).Method);
    }

    [Fact]
    public async Task Traffic_reads_times_as_how_long_ago()
    {
        await cli.Answers("{}").DowelAsync("traffic", "e", "--from", "1.5h", "--to", "2026-05-01T14:00:00+02:00", "--step", "60");

        Assert.Equal("/api/v1/endpoints/e/traffic?from=2026-05-01T10%3A30%3A00Z&to=2026-05-01T12%3A00%3A00Z&step=60", cli.Server.Last.Path);
    }

    [Fact]
    public async Task Drift_sends_both_windows()
    {
        await cli.Answers("{}").DowelAsync("drift", "e", "--reference", "..1d", "--current", "1h..now", "--alpha", "0.05");

        Assert.Equal(
            """{"reference":{"from":null,"to":"2026-04-30T12:00:00+00:00"},"current":{"from":"2026-05-01T11:00:00+00:00","to":"2026-05-01T12:00:00+00:00"},"alpha":0.05}""",
            cli.Server.Last.Body);
    }

    [Fact]
    public async Task Drift_without_windows_takes_those_of_the_last_report()
    {
        await cli.Answers("""[{"id":"d","reference":{"from":"2026-04-01T00:00:00Z","to":"2026-04-02T00:00:00Z"},"current":{"from":"2026-04-02T00:00:00Z","to":null}}]""").Answers("{}").DowelAsync("drift", "e");

        Assert.Equal("""{"reference":{"from":"2026-04-01T00:00:00+00:00","to":"2026-04-02T00:00:00+00:00"},"current":{"from":"2026-04-02T00:00:00+00:00","to":null},"alpha":null}""", cli.Server.Last.Body);
    }

    [Fact]
    public async Task Ground_truth_of_several_rows_goes_together()
    {
        var file = cli.File("truth.csv", "prediction_id,value\np1,1\np2,0\np1,0\n");

        Assert.Equal(1, await cli.Answers("""{"accepted":1,"unknown":["p2"]}""").DowelAsync("truth", "e", file));

        Assert.Equal("""{"items":[{"predictionId":"p1","values":[1,0]},{"predictionId":"p2","values":[0]}]}""", cli.Server.Last.Body);
        Assert.Contains("p2", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_are_oldest_first_with_what_went_in_and_out()
    {
        cli.Answers("""{"items":[{"id":"b","at":"2026-05-01T11:00:02Z","caller":"ada","model":"m/1","status":200,"latencyMs":2,"inputs":{"id":[2]},"outputs":{"p":[0.5]}},{"id":"a","at":"2026-05-01T11:00:01Z","caller":"bobby","status":422,"error":"unknown\npassenger","inputs":{"id":[9]}}]}""");

        await cli.DowelAsync("logs", "e");

        var lines = cli.Out.ToString().Trim().Split(Environment.NewLine);
        Assert.Equal(2, lines.Length);
        Assert.EndsWith("id=9 → error: unknown passenger", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("ada    m/1  b  id=2 → p=0.5", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_log_reads_metrics_with_steps()
    {
        await cli.DowelAsync("run", "log", "r", "--metric", "loss=0.5@12", "--metric", "a@b=1e-3", "--metric", "nan=NaN", "--param", "lr=0.1");

        Assert.Equal("""{"metrics":[{"key":"loss","value":0.5,"step":12,"at":null},{"key":"a@b","value":0.001,"step":0,"at":null},{"key":"nan","value":"NaN","step":0,"at":null}],"params":{"lr":"0.1"},"tags":null}""", cli.Server.Last.Body);
    }

    [Fact]
    public async Task Run_download_brings_a_folder_with_all_below_it()
    {
        var target = Path.Combine(cli.Home, "got");
        cli.Answers("""[{"path":"model/a.txt","isFolder":false},{"path":"model/deep","isFolder":true}]""").Answers("""[{"path":"model/deep/b.txt","isFolder":false}]""");
        cli.Server.Answers("A", type: "text/plain").Answers("B", type: "text/plain");

        Assert.Equal(0, await cli.DowelAsync("run", "download", "r", "model", "--to", target));

        Assert.Equal("A", File.ReadAllText(Path.Combine(target, "a.txt")));
        Assert.Equal("B", File.ReadAllText(Path.Combine(target, "deep", "b.txt")));
    }

    [Theory]
    [InlineData("model/../../escape.txt")]
    [InlineData("model//etc/passwd")]
    public async Task Run_download_writes_nothing_outside_its_folder(string path)
    {
        cli.Answers($$"""[{"path":"{{path}}","isFolder":false},{"path":"model/x","isFolder":false}]""");

        Assert.Equal(1, await cli.DowelAsync("run", "download", "r", "model", "--to", Path.Combine(cli.Home, "deep", "got")));

        Assert.False(File.Exists(Path.Combine(cli.Home, "deep", "escape.txt")));
        Assert.Single(cli.Server.Requests);
    }

    [Fact]
    public async Task A_misspelt_name_in_a_spec_file_is_told()
    {
        var file = cli.File("spec.json", """{"name":"v","entity":{"name":"id","type":"int64"},"feature":[]}""");

        Assert.Equal(1, await cli.DowelAsync("features", "create", "-f", file));

        Assert.Contains("feature", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(cli.Server.Requests);
    }

    [Fact]
    public async Task Historical_reads_csv_with_types_and_writes_csv()
    {
        var entities = cli.File("labels.csv", "passenger_id,event_timestamp,label,zip\n1,2026-01-01T00:00:00Z,true,007\n2,2026-01-02T00:00:00Z,false,\n");
        var target = Path.Combine(cli.Home, "out.csv");
        cli.Answers("""{"table":{"columns":[{"name":"passenger_id","type":"int64"},{"name":"title","type":"string"}],"rows":[[1,"Mr, \"x\""],[2,null]]},"sources":["a.v@3"]}""");

        Assert.Equal(0, await cli.DowelAsync("features", "historical", "v", "-e", entities, "--to", target));

        Assert.Contains("""{"name":"event_timestamp","type":"timestamp","nullable":true},{"name":"label","type":"boolean","nullable":true},{"name":"zip","type":"string","nullable":true}],"rows":[[1,"2026-01-01T00:00:00Z",true,"007"],[2,"2026-01-02T00:00:00Z",false,null]]""", cli.Server.Last.Body, StringComparison.Ordinal);
        Assert.Equal("passenger_id,title\n1,\"Mr, \"\"x\"\"\"\n2,\n", File.ReadAllText(target));
    }

    [Fact]
    public async Task Online_reads_entities_of_numbers_and_of_texts()
    {
        cli.Answers("""{"features":["f"],"values":[[1.5],[null]],"statuses":["present","not_found"],"eventTimestamps":["2026-01-01T00:00:00Z",null]}""");

        Assert.Equal(0, await cli.DowelAsync("features", "online", "v:f", "-e", "id=1,2"));

        Assert.Equal("""{"features":["v:f"],"entities":{"id":[1,2]}}""", cli.Server.Last.Body);
        Assert.Contains("not_found", cli.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_create_waits_until_it_is_ready()
    {
        cli.Answers("""{"id":"01E","name":"e","state":"loading"}""").Answers("""{"id":"01E","name":"e","state":"ready","predictionPath":"/v2/models/e/infer"}""");

        Assert.Equal(0, await cli.DowelAsync("endpoint", "create", "e", "--model", "m", "--replicas", "2", "--features", "v", "--on-missing", "defaults"));

        Assert.Contains("\"deployment\":{\"model\":\"m\",\"version\":null,\"alias\":null,\"replicas\":2,", cli.Server.Requests[0].Body, StringComparison.Ordinal);
        Assert.Contains("\"features\":{\"view\":\"v\",\"onMissing\":\"defaults\"}", cli.Server.Requests[0].Body, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:5080/v2/models/e/infer", cli.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_users_link_is_a_whole_address()
    {
        await cli.Answers("""{"user":{"name":"ada","id":"01U"},"signInLink":"/sign-in?code=x"}""").DowelAsync("user", "create", "ada");

        Assert.Contains("http://127.0.0.1:5080/sign-in?code=x", cli.Out.ToString(), StringComparison.Ordinal);
    }
}
