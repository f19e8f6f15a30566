using System.Net;

namespace Dowel.Cli.Tests;

public sealed class ExitCodeTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Theory]
    [InlineData(400, 1)]
    [InlineData(401, 3)]
    [InlineData(403, 3)]
    [InlineData(404, 4)]
    [InlineData(409, 1)]
    [InlineData(500, 1)]
    [InlineData(503, 1)]
    public async Task Follow_the_servers_answer(int status, int expected)
    {
        cli.Answers("", (HttpStatusCode)status);

        Assert.Equal(expected, await cli.DowelAsync("dataset", "show", "titanic"));
        Assert.Empty(cli.Out.ToString());
        Assert.StartsWith("error: ", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_server_is_5()
    {
        cli.Server.Fails = new HttpRequestException("Connection refused");

        Assert.Equal(5, await cli.DowelAsync("rooms"));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("dataset")]
    [InlineData("dataset", "lst")]
    [InlineData("dataset", "show")]
    [InlineData("dataset", "list", "--limit", "0")]
    [InlineData("dataset", "list", "--limit", "many")]
    [InlineData("dataset", "list", "--output", "xml")]
    [InlineData("dataset", "upload", "x.csv", "--format", "xls")]
    [InlineData("predict", "e")]
    [InlineData("predict", "e", "--input", "x")]
    [InlineData("run", "log", "r")]
    [InlineData("run", "log", "r", "--metric", "loss")]
    [InlineData("traffic", "e", "--from", "yesterday")]
    [InlineData("traffic", "e", "--step", "-1")]
    [InlineData("drift", "e", "--reference", "1d..now")]
    [InlineData("drift", "e", "--reference", "1d", "--current", "1h..")]
    [InlineData("share", "table:x")]
    [InlineData("endpoint", "create", "e")]
    [InlineData("endpoint", "create", "e", "--model", "m", "--alias", "a", "--model-version", "1")]
    [InlineData("up", "--port", "70000")]
    [InlineData("dataset", "delete", "titanic")]
    public async Task Wrong_usage_is_2_and_asks_nothing_of_the_server(params string[] args)
    {
        Assert.Equal(ExitCodes.Usage, await cli.DowelAsync(args));
        Assert.Empty(cli.Server.Requests);
        Assert.Empty(cli.Out.ToString());
        Assert.StartsWith("error: ", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_says_what_which_fields_and_what_to_do()
    {
        cli.Answers(
            """{"title":"The request is not valid.","status":400,"code":"request.invalid","detail":"The dataset was not made.","remedy":"Mend it.","fields":[{"field":"name","given":"a/b\u001b[2J","expected":"no slash"}]}""",
            HttpStatusCode.BadRequest);

        await cli.DowelAsync("dataset", "create", "a/b");

        Assert.Equal(
            ["error: The dataset was not made.", "  name: expected no slash; given: a/b�[2J", "  → Mend it.", ""],
            cli.Error.ToString().Split(Environment.NewLine));
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_is_told_how()
    {
        cli.Answers("", HttpStatusCode.Unauthorized);

        await cli.DowelAsync("whoami");

        Assert.Contains("dowel login", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_typing_mistake_is_answered_with_what_there_is()
    {
        await cli.DowelAsync("dataset", "lst");

        Assert.Contains("'dowel dataset' has no command 'lst'; there are: list, create, upload", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--output takes table|json, not 'yaml'.", "dataset", "list", "-o", "yaml")]
    [InlineData("--limit takes a number, not 'many'.", "dataset", "list", "--limit", "many")]
    [InlineData("<version> takes a number, not 'one'.", "model", "alias", "set", "m", "production", "one")]
    [InlineData("'dowel run list' needs <experiment>.", "run", "list")]
    [InlineData("'dowel model validate' needs <model> and <version>.", "model", "validate")]
    public async Task A_mistake_is_told_in_words_that_were_typed(string told, params string[] args)
    {
        await cli.DowelAsync(args);

        Assert.StartsWith($"error: {told}{Environment.NewLine}", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_wrong_field_is_told_once()
    {
        cli.Answers("""{"status":400,"code":"request.invalid","detail":"'sort' is not valid: given 'foo', expected name or created.","remedy":"Mend it.","fields":[{"field":"sort","given":"foo","expected":"name or created"}]}""", HttpStatusCode.BadRequest);

        await cli.DowelAsync("dataset", "list", "--sort", "foo");

        Assert.Equal(["error: 'sort' is not valid: given 'foo', expected name or created.", "  → Mend it.", ""], cli.Error.ToString().Split(Environment.NewLine));
    }

    [Fact]
    public async Task An_answer_of_another_kind_of_server_is_no_stack_trace()
    {
        cli.Server.Answers("<html>hello</html>", type: "text/html");

        Assert.Equal(1, await cli.DowelAsync("whoami"));
        Assert.DoesNotContain("   at ", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_asks_first()
    {
        cli.Interactive = true;
        cli.Input = "n\n";
        Assert.Equal(1, await cli.DowelAsync("dataset", "delete", "titanic"));
        Assert.Empty(cli.Server.Requests);

        cli.Input = "y\n";
        Assert.Equal(0, await cli.Answers("").DowelAsync("dataset", "delete", "titanic"));
        Assert.Equal("DELETE", cli.Server.Last.Method);
    }

    [Fact]
    public async Task A_gate_that_did_not_pass_is_1()
    {
        cli.Answers("""{"passed":false,"checks":[{"name":"metric auc","passed":false,"given":"0.5","expected":"at least 0.8"}]}""");

        Assert.Equal(1, await cli.DowelAsync("model", "validate", "m", "2"));
        Assert.Contains("metric auc", cli.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trail_that_was_tampered_with_is_1()
    {
        cli.Answers("""{"ok":false,"records":9,"problems":[{"seq":4,"kind":"altered","detail":"its hash does not fit"}]}""");

        Assert.Equal(1, await cli.DowelAsync("audit", "verify"));
        Assert.Contains("altered", cli.Out.ToString(), StringComparison.Ordinal);
    }
}
