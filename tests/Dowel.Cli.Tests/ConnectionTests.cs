using System.Runtime.Versioning;
using System.Text.Json;

namespace Dowel.Cli.Tests;

public sealed class ConnectionTests : IDisposable
{
    private const string Me = """{"user":{"name":"ada"},"projects":[{"project":"fraud","role":"owner"}]}""";
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task Without_anything_it_is_the_local_server_without_a_token()
    {
        await cli.Answers(Me).DowelAsync("whoami");

        Assert.Equal("http://127.0.0.1:5080/", cli.Address!.AbsoluteUri);
        Assert.Null(cli.Server.Last.Authorization);
    }

    [Fact]
    public async Task Flags_come_before_the_environment_and_that_before_the_file()
    {
        await cli.Answers(Me).DowelAsync("login", "http://file.test", "--token", "from-file");

        await cli.Answers(Me).DowelAsync("whoami");
        Assert.Equal(("http://file.test/", "Bearer from-file"), (cli.Address!.AbsoluteUri, cli.Server.Last.Authorization));

        cli.Variables["DOWEL_SERVER"] = "http://env.test/";
        cli.Variables["DOWEL_TOKEN"] = "from-env";
        await cli.Answers(Me).DowelAsync("whoami");
        Assert.Equal(("http://env.test/", "Bearer from-env"), (cli.Address!.AbsoluteUri, cli.Server.Last.Authorization));

        await cli.Answers(Me).DowelAsync("whoami", "--server", "flag.test:81", "--token", "from-flag");
        Assert.Equal(("http://flag.test:81/", "Bearer from-flag"), (cli.Address!.AbsoluteUri, cli.Server.Last.Authorization));
    }

    [Fact]
    public async Task A_kept_token_goes_to_its_own_server_only()
    {
        await cli.Answers(Me).DowelAsync("login", "http://mine.test", "--token", "secret");

        await cli.Answers(Me).DowelAsync("whoami", "--server", "http://other.test");

        Assert.Null(cli.Server.Last.Authorization);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Login_writes_a_file_that_only_its_owner_reads()
    {
        Assert.Equal(0, await cli.Answers(Me).DowelAsync("login", "--token", "secret"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(cli.ConfigPath));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(cli.ConfigPath)!));
    }

    [Fact]
    public async Task Honours_the_configuration_home()
    {
        cli.Variables["XDG_CONFIG_HOME"] = Path.Combine(cli.Home, "elsewhere");

        await cli.Answers(Me).DowelAsync("login", "--token", "secret");

        Assert.True(File.Exists(Path.Combine(cli.Home, "elsewhere", "dowel", "config.json")));
        Assert.False(File.Exists(cli.ConfigPath));
    }

    [Fact]
    public async Task Login_by_password_keeps_the_sessions_token()
    {
        cli.Secret = "correct horse battery";
        cli.Answers("""{"info":{},"secret":"session"}""").Answers(Me);

        Assert.Equal(0, await cli.DowelAsync("login", "http://d.test", "--user", "ada"));

        Assert.Equal("""{"user":"ada","password":"correct horse battery"}""", cli.Server.Requests[0].Body);
        Assert.Equal("Bearer session", cli.Server.Requests[1].Authorization);
        Assert.Equal("session", JsonDocument.Parse(File.ReadAllText(cli.ConfigPath)).RootElement.GetProperty("tokens").GetProperty("http://d.test").GetString());
        Assert.DoesNotContain("correct horse", cli.Out.ToString() + cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_by_link_goes_to_the_links_server()
    {
        cli.Answers("""{"info":{},"secret":"session"}""").Answers(Me);

        Assert.Equal(0, await cli.DowelAsync("login", "--link", "http://linked.test:9/sign-in?code=abc"));

        Assert.Equal("http://linked.test:9/", cli.Address!.AbsoluteUri);
        Assert.Contains("\"code\":\"abc\"", cli.Server.Requests[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_login_keeps_nothing()
    {
        cli.Answers("""{"title":"Sign in first.","code":"auth.required","status":401}""", System.Net.HttpStatusCode.Unauthorized);

        Assert.Equal(ExitCodes.Denied, await cli.DowelAsync("login", "--token", "wrong"));

        Assert.False(File.Exists(cli.ConfigPath));
    }

    [Fact]
    public async Task Logout_forgets_the_token_even_if_the_server_is_gone()
    {
        await cli.Answers(Me).DowelAsync("login", "--token", "secret");
        cli.Server.Fails = new HttpRequestException("refused");

        Assert.Equal(0, await cli.DowelAsync("logout"));

        Assert.DoesNotContain("secret", File.ReadAllText(cli.ConfigPath), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("http://")]
    [InlineData("bad url")]
    public async Task A_wrong_address_is_wrong_usage(string server)
    {
        Assert.Equal(ExitCodes.Usage, await cli.DowelAsync("whoami", "--server", server));
        Assert.Contains("is no server address", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_with_a_line_break_is_refused()
    {
        Assert.Equal(ExitCodes.Usage, await cli.DowelAsync("whoami", "--token", "a\nX-Evil: 1"));
        Assert.Empty(cli.Server.Requests);
    }

    [Fact]
    public async Task A_damaged_configuration_is_one_clear_line()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(cli.ConfigPath)!);
        File.WriteAllText(cli.ConfigPath, "{");

        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("whoami"));
        Assert.Contains(cli.ConfigPath, cli.Error.ToString(), StringComparison.Ordinal);
    }
}
