using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Dowel.Samples.Titanic.Journey;

namespace Dowel.Samples.Titanic.Tests;

public sealed class ProgramTests
{
    private static readonly string Csv = Path.Combine(AppContext.BaseDirectory, "titanic.csv");

    [Fact]
    public void Reads_its_arguments()
    {
        Assert.True(Arguments.TryParse(["--server", "http://127.0.0.1:5080", "--token", "t", "--data", Csv, "--json", "out.json"], _ => null, out var arguments, out _));
        Assert.Equal(("t", Csv, "out.json", true), (arguments.Token, arguments.Data, arguments.Json, arguments.ShowPasswords));
        Assert.True(Arguments.TryParse(["--data", Csv, "--no-passwords"], name => name == "DOWEL_SERVER" ? "http://h" : "secret", out arguments, out _));
        Assert.False(arguments.ShowPasswords);
        Assert.Equal("secret", arguments.Token);
    }

    [Theory]
    [InlineData("'--what' is no option", "--what")]
    [InlineData("--token needs a value", "--token")]
    [InlineData("--server needs", "--server", "ftp://x")]
    [InlineData("--token needs the token", "--server", "http://x")]
    [InlineData("--data needs", "--server", "http://x", "--token", "t")]
    [InlineData("does not exist", "--server", "http://x", "--token", "t", "--data", "/nowhere.csv")]
    public void Says_what_is_wrong_with_them(string said, params string[] args)
    {
        Assert.False(Arguments.TryParse(args, _ => null, out _, out var wrong));
        Assert.Contains(said, wrong);
    }

    [Fact]
    public async Task Without_a_server_it_fails_with_one_line_and_still_writes_the_file()
    {
        var json = Path.GetTempFileName();
        try
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            var arguments = new Arguments(new Uri($"http://127.0.0.1:{ClosedPort()}"), "t", Csv, json, ShowPasswords: true);
            Assert.False(await new JourneyRunner(arguments, output, error).RunAsync(default));
            var line = Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.StartsWith("error: [1/9] Access: ", line);
            Assert.Contains("Remedy: ", line);

            using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json));
            Assert.False(report.RootElement.GetProperty("ok").GetBoolean());
            Assert.Equal(9, report.RootElement.GetProperty("stages").GetArrayLength());
            foreach (var name in (string[])["server", "endpoint", "token"]) Assert.Equal(JsonValueKind.String, report.RootElement.GetProperty(name).ValueKind);
            foreach (var stage in report.RootElement.GetProperty("stages").EnumerateArray())
            {
                Assert.False(stage.GetProperty("ok").GetBoolean());
                Assert.Equal(JsonValueKind.Object, stage.GetProperty("figures").ValueKind);
                Assert.True(stage.GetProperty("seconds").GetDouble() >= 0);
            }
        }
        finally
        {
            File.Delete(json);
        }
    }

    private static int ClosedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
