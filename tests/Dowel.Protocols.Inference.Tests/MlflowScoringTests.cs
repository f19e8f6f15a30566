using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Dowel.Protocols.Inference.Tests;

/// <summary>MLflow's scoring, by the bytes on the wire.</summary>
public class MlflowScoringTests
{
    private const string Row = """[{"age":30,"fare":7.25,"sex":"male"},{"age":4,"fare":null,"sex":null}]""";

    [Theory]
    [InlineData("""{"dataframe_split":{"index":[0,1],"columns":["sex","age","fare"],"data":[["male",30,7.25],[null,4.0,null]]}}""")]
    [InlineData("""{"dataframe_records":[{"age":30,"fare":7.25,"sex":"male"},{"age":4}],"params":{"temperature":1}}""")]
    [InlineData("""{"instances":[{"age":30,"fare":7.25,"sex":"male"},{"sex":null,"age":4}]}""")]
    [InlineData("""{"inputs":{"age":[30,4],"fare":[7.25,null],"sex":["male",null]}}""")]
    [InlineData("""{"inputs":[{"age":30,"fare":7.25,"sex":"male"},{"age":4}]}""")]
    [InlineData("csv:age,fare,sex\n30,7.25,male\n4,,\n")]
    [InlineData("csv:\"age\",\"fare\",\"sex\"\r\n30,7.25,\"male\"\r\n\r\n4,NaN,\"\"")]
    public async Task Takes_every_form_of_a_table_and_answers_records(string body)
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("table", "table");
        var (status, answer, response) = await InvokeAsync(echo.Alice, "table", body);
        Assert.True(status == 200, answer.GetRawText());
        var predictions = answer.GetProperty("predictions");
        var expected = JsonDocument.Parse(Row).RootElement;
        for (var r = 0; r < 2; r++)
            foreach (var cell in expected[r].EnumerateObject()) Assert.Equal(cell.Value.GetRawText(), predictions[r].GetProperty(cell.Name).GetRawText());
        Assert.Equal("predictions", Assert.Single(answer.EnumerateObject()).Name);
        var record = Assert.Single(echo.Log.Records);
        Assert.Equal(("mlflow", $"pred_{record.Id:n}"), (record.Protocol, response.Headers.GetValues("X-Prediction-Id").Single()));
    }

    [Theory]
    [InlineData("matrix", """{"inputs":[[1,2,3],[4,5.5,6]]}""", "[[1,2,3],[4,5.5,6]]")]
    [InlineData("matrix", """{"instances":[[1,2,3]]}""", "[[1,2,3]]")]
    [InlineData("matrix", """{"inputs":{"x":[[1,2,3]]}}""", "[[1,2,3]]")]
    [InlineData("text", """{"inputs":["a","ä"]}""", """["a","ä"]""")]
    [InlineData("text", """{"inputs":"one"}""", """["one"]""")]
    [InlineData("pair", """{"inputs":[[1,2],[3,4]]}""", """[{"a":1,"b":2},{"a":3,"b":4}]""")]
    [InlineData("pair", """{"dataframe_split":{"data":[[1,2]]}}""", """[{"a":1,"b":2}]""")]
    public async Task Takes_arrays_by_the_signature(string model, string body, string predictions)
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync(model, model);
        var (status, answer, _) = await InvokeAsync(echo.Alice, model, body);
        Assert.True(status == 200, answer.GetRawText());
        Assert.Equal(predictions, answer.GetProperty("predictions").GetRawText());
    }

    [Theory]
    [InlineData("[1]", "dataframe_split")]
    [InlineData("{}", "exactly one of")]
    [InlineData("""{"inputs":{},"instances":[]}""", "exactly one of")]
    [InlineData("not json", "JSON")]
    [InlineData("""{"dataframe_split":[]}""", "dataframe_split.data")]
    [InlineData("""{"dataframe_split":{"columns":["age","fare"],"data":[[1]]}}""", "dataframe_split.data[0]")]
    [InlineData("""{"dataframe_split":{"columns":[{}],"data":[[1]]}}""", "dataframe_split.columns")]
    [InlineData("""{"dataframe_records":[{"age":1},2]}""", "dataframe_records[1]")]
    [InlineData("""{"dataframe_records":[{"age":"old","fare":1,"sex":"m"}]}""", "INT64")]
    [InlineData("""{"dataframe_records":[{"age":[1,[2]],"fare":1,"sex":"m"}]}""", "dataframe_records.age")]
    [InlineData("""{"inputs":{"age":[1,"a"]}}""", "several kinds")]
    [InlineData("""{"inputs":{"age":[1e999],"fare":[1],"sex":["m"]}}""", "inputs.age")]
    [InlineData("""{"inputs":{"agee":[1],"fare":[1],"sex":["m"]}}""", "agee")]
    [InlineData("""{"inputs":{"age":["\ud800"]}}""", "JSON")]
    [InlineData("csv:", "column names")]
    [InlineData("csv:age,fare\n1", "line 2")]
    [InlineData("csv:age,fare,sex\n1,x,m", "fare")]
    [InlineData("csv:age,fare,sex\n1,2,\"m", "quote")]
    public async Task Refuses_in_mlflows_form_and_names_the_field(string body, string says)
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("table", "table");
        var (status, answer, _) = await InvokeAsync(echo.Alice, "table", body);
        Assert.Equal((400, "BAD_REQUEST"), (status, answer.GetProperty("error_code").GetString()));
        Assert.Contains(says, answer.GetProperty("message").GetString());
    }

    [Fact]
    public async Task More_columns_than_any_model_takes_are_refused()
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("table", "table");
        List<string> names = [.. Enumerable.Range(0, 20_000).Select(i => $"\"c{i}\"")];
        var ones = string.Join(',', names.Select(_ => "1"));
        foreach (var body in new[]
        {
            "{\"dataframe_split\":{\"columns\":[" + string.Join(',', names) + "],\"data\":[[" + ones + "]]}}", "{\"dataframe_records\":[{" + string.Join(',', names.Select(n => $"{n}:1")) + "}]}",
            "{\"inputs\":{" + string.Join(',', names.Select(n => $"{n}:[1]")) + "}}", $"csv:{string.Join(',', names)}\n{ones}",
        })
        {
            var (status, answer, _) = await InvokeAsync(echo.Alice, "table", body);
            Assert.Equal(400, status);
            Assert.True(answer.GetProperty("message").GetString()!.Contains("10000 columns", StringComparison.Ordinal), $"{body[..30]}: {answer.GetProperty("message").GetString()}");
        }
    }

    [Fact]
    public async Task Says_who_may_not_and_what_is_not_there_and_pings()
    {
        await using var echo = await EchoHost.StartAsync();
        using var stranger = await echo.Host.CreateUserAsync("stranger");
        Assert.Equal("UNAUTHENTICATED", (await InvokeAsync(echo.Host.HttpFor(null), "echo", "{}")).Answer.GetProperty("error_code").GetString());
        Assert.Equal("PERMISSION_DENIED", (await InvokeAsync(stranger, "echo", "{}")).Answer.GetProperty("error_code").GetString());
        Assert.Equal("RESOURCE_DOES_NOT_EXIST", (await InvokeAsync(echo.Alice, "nothing", "{}")).Answer.GetProperty("error_code").GetString());
        using var ping = await echo.Host.HttpFor(null).GetAsync("/ping");
        Assert.Equal((HttpStatusCode.OK, "\n"), (ping.StatusCode, await ping.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Whatever_the_bytes_the_server_answers_or_refuses_and_never_fails()
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("table", "table");
        void Vary(HttpRequestMessage request, int length)
        {
            if (length % 2 == 0) request.Content!.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
            if (length % 7 == 0) request.Content!.Headers.TryAddWithoutValidation("Content-Encoding", "gzip");
        }
        await Fuzz.RunAsync(echo.Alice, "/serving-endpoints/table/invocations", "{\"dataframe_split\":{\"columns\":[\"age\"],\"data\":["u8.ToArray(), Vary);
        await Fuzz.RunAsync(echo.Alice, "/serving-endpoints/table/invocations", "{\"inputs\":"u8.ToArray(), Vary);
        Assert.DoesNotContain(echo.Log.Records, r => r.Status >= 500);
    }

    private static async Task<(int Status, JsonElement Answer, HttpResponseMessage Response)> InvokeAsync(HttpClient http, string endpoint, string body)
    {
        var isCsv = body.StartsWith("csv:", StringComparison.Ordinal);
        var content = new StringContent(isCsv ? body[4..] : body, Encoding.UTF8, isCsv ? "text/csv" : "application/json");
        var response = await http.PostAsync($"/serving-endpoints/{endpoint}/invocations", content);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(), response);
    }
}
