using System.Text;
using System.Text.Json;

namespace Dowel.Cli.Tests;

public sealed class OutputTests : IDisposable
{
    private const string Datasets = """{"items":[{"name":"titanic","project":"ada","owner":"ada","visibility":"private","latest":{"version":2,"rows":1309,"bytes":45000,"columns":[]},"updatedAt":"2026-01-02T03:04:05Z"}],"nextCursor":null}""";
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task A_list_is_a_table_for_people()
    {
        Assert.Equal(0, await cli.Answers(Datasets).DowelAsync("dataset", "list", "--search", "tit"));

        var text = cli.Out.ToString();
        Assert.Contains("titanic", text, StringComparison.Ordinal);
        Assert.Contains("1309", text, StringComparison.Ordinal);
        Assert.Contains("45.0 kB", text, StringComparison.Ordinal);
        Assert.Contains("2026-01-02 03:04:05Z", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        Assert.Equal("/api/v1/datasets?search=tit&limit=101", cli.Server.Last.Path);
    }

    [Fact]
    public async Task A_list_is_a_json_array_alone_for_programs()
    {
        await cli.Answers(Datasets).DowelAsync("dataset", "list", "-o", "json");

        using var json = JsonDocument.Parse(cli.Out.ToString());
        Assert.Equal("titanic", json.RootElement[0].GetProperty("name").GetString());
        Assert.Empty(cli.Error.ToString());
    }

    [Fact]
    public async Task An_empty_list_prints_nothing_to_standard_output()
    {
        await cli.Answers("""{"items":[]}""").DowelAsync("dataset", "list");

        Assert.Empty(cli.Out.ToString());
        Assert.Contains("dowel dataset upload", cli.Error.ToString(), StringComparison.Ordinal);

        await cli.Answers("""{"items":[]}""").DowelAsync("dataset", "list", "--output", "json");
        Assert.Equal("[]", cli.Out.ToString().Trim());
    }

    [Fact]
    public async Task A_list_goes_on_over_pages_up_to_the_limit()
    {
        cli.Answers("""{"items":[{"name":"a"},{"name":"b"}],"nextCursor":"x"}""").Answers("""{"items":[{"name":"c"},{"name":"d"}],"nextCursor":"y"}""");

        await cli.DowelAsync("project", "list", "--limit", "3", "--output", "json");

        Assert.Equal(3, JsonDocument.Parse(cli.Out.ToString()).RootElement.GetArrayLength());
        Assert.Contains("more than 3", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_from_others_cannot_steer_the_terminal()
    {
        await cli.Answers("""{"columns":[{"name":"a\u001b]0;x\u0007","type":"string"}],"rows":[["\u001b[31mred\nline [bold]x[/]"]]}""").DowelAsync("dataset", "sample", "d");

        Assert.DoesNotContain('\u001b', cli.Out.ToString());
        Assert.DoesNotContain('\u0007', cli.Out.ToString());
        Assert.Contains("[bold]x[/]", cli.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wide_rows_are_not_cut_when_they_are_piped_on()
    {
        var wide = new string('w', 500);

        await cli.Answers($$"""{"columns":[{"name":"a","type":"string"}],"rows":[["{{wide}}"]]}""").DowelAsync("query", "SELECT a");

        Assert.Contains(wide, cli.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_prints_its_rows_and_speaks_of_the_rest_beside()
    {
        await cli.Answers("""{"columns":[{"name":"sex","type":"string"},{"name":"rate","type":"float64"}],"rows":[["female",0.7275],["male",0.1909]],"truncated":true,"elapsedMs":1.23}""").DowelAsync("query", "SELECT", "--limit", "2");

        Assert.Contains("0.7275", cli.Out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("rows", cli.Out.ToString(), StringComparison.Ordinal);
        Assert.Contains("2 rows (there are more", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal("""{"sql":"SELECT","limit":2}""", cli.Server.Last.Body);
    }

    [Fact]
    public async Task A_new_tokens_secret_stands_alone_for_scripts()
    {
        await cli.Answers("""{"info":{"id":"01T","name":"ci"},"secret":"dwl_abc"}""").DowelAsync("token", "create", "ci", "--expires-in-days", "30");

        Assert.Equal("dwl_abc" + Environment.NewLine, cli.Out.ToString());
    }

    [Fact]
    public async Task Downloads_appear_whole_and_write_over_nothing()
    {
        var path = Path.Combine(cli.Home, "out", "d.csv");
        cli.Server.Answers("a\n1\n", type: "text/csv");
        Assert.Equal(0, await cli.DowelAsync("dataset", "download", "d", "--to", path));
        Assert.Equal("a\n1\n", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));

        Assert.Equal(1, await cli.DowelAsync("dataset", "download", "d", "--to", path));
        Assert.Contains("--force", cli.Error.ToString(), StringComparison.Ordinal);

        cli.Server.Answers("b\n", type: "text/csv");
        Assert.Equal(0, await cli.DowelAsync("dataset", "download", "d", "--to", path, "--force"));
        Assert.Equal("b\n", File.ReadAllText(path));
    }

    [Fact]
    public async Task Downloads_go_to_standard_output_as_they_are()
    {
        cli.Server.Answers("{\"seq\":1}\n", type: "application/jsonl");

        await cli.DowelAsync("audit", "export");

        Assert.Equal("{\"seq\":1}\n", Encoding.UTF8.GetString(cli.Bytes.ToArray()));
        Assert.Empty(cli.Out.ToString());
    }
}
