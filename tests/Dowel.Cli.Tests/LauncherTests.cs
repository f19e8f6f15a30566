using System.Diagnostics;

namespace Dowel.Cli.Tests;

/// <summary>The 'dowel' script, on a copy of the repository's shape and a 'dotnet' that only writes down what it is asked.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("dowel-launcher-").FullName;

    public LauncherTests()
    {
        foreach (var folder in new[] { "src/Dowel.Contracts", "src/Dowel.Client", "src/apps/Dowel.Cli", "src/apps/Dowel.Server", "samples/titanic", "bin" }) Directory.CreateDirectory(Path.Combine(root, folder));
        foreach (var file in new[] { "global.json", "Directory.Build.props", "src/apps/Dowel.Cli/Program.cs", "src/apps/Dowel.Server/Program.cs", "samples/titanic/Program.cs" }) Write(file, "");
        File.Copy(HelpTests.InRepository("dowel"), Path.Combine(root, "dowel"));
        // 'build PATH/NAME.csproj' makes the program; anything else is the program being run.
        Dotnet("""
            case $1 in
            --version) echo 10.0.100 ;;
            build)
                name=$(basename "$2" .csproj)
                echo "build $name" >> "$CALLS"
                sleep 0.2
                mkdir -p "$DOWEL_HOME/artifacts/bin/$name/release" && touch "$DOWEL_HOME/artifacts/bin/$name/release/$name.dll" ;;
            *) shift; echo "run $*" >> "$CALLS"; echo "$DOWEL_SERVER_DLL" > "$CALLS.server"; exit 7 ;;
            esac
            """);
    }

    private string Calls => File.Exists(Path.Combine(root, "calls")) ? File.ReadAllText(Path.Combine(root, "calls")).ReplaceLineEndings(" ").Trim() : "";

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Builds_once_and_passes_arguments_and_the_exit_code_on()
    {
        var (code, _, error) = await RunAsync("dataset", "list", "a b");
        Assert.Equal(7, code);
        Assert.Equal("Building Dowel (once) …", error.Trim());
        Assert.Equal("build Dowel.Cli run dataset list a b", Calls);

        (_, _, error) = await RunAsync("whoami");
        Assert.Empty(error);
        Assert.Equal("build Dowel.Cli run dataset list a b run whoami", Calls);
    }

    [Fact]
    public async Task Builds_what_the_command_needs_only()
    {
        await RunAsync("up", "--port", "1");
        Assert.Equal("build Dowel.Cli build Dowel.Server run up --port 1", Calls);
        Assert.Equal(Path.Combine(root, "artifacts", "bin", "Dowel.Server", "release", "Dowel.Server.dll"), File.ReadAllText(Path.Combine(root, "calls.server")).Trim());

        await RunAsync("demo");
        Assert.EndsWith("build Dowel.Samples.Titanic run demo", Calls, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "package", "./iris")]
    [InlineData(true, "model", "serve", "./iris")]
    [InlineData(true, "model", "test", "./iris")]
    [InlineData(false, "model", "list")]
    [InlineData(false, "model")]
    public async Task Builds_the_server_for_what_serves_a_model(bool builds, params string[] arguments)
    {
        await RunAsync(arguments);
        Assert.Equal($"build Dowel.Cli {(builds ? "build Dowel.Server " : "")}run {string.Join(' ', arguments)}", Calls);
    }

    [Theory]
    [InlineData("src/apps/Dowel.Cli/Program.cs", true)]
    [InlineData("Directory.Build.props", true)]
    [InlineData("global.json", true)]
    [InlineData("src/apps/Dowel.Cli/New.cs", true)]
    [InlineData("src/apps/Dowel.Server/Program.cs", false)]
    public async Task Builds_again_when_its_sources_changed(string file, bool builds)
    {
        await RunAsync("whoami");
        File.SetLastWriteTimeUtc(Path.Combine(root, "artifacts", ".built-Dowel.Cli"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        foreach (var old in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Where(p => !p.Contains("artifacts", StringComparison.Ordinal)))
        {
            if (File.Exists(old)) File.SetLastWriteTimeUtc(old, new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            else Directory.SetLastWriteTimeUtc(old, new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }
        var before = Calls;
        await RunAsync("whoami");
        Assert.Equal(before + " run whoami", Calls);

        Write(file, "changed");
        await RunAsync("whoami");

        Assert.Equal(before + " run whoami" + (builds ? " build Dowel.Cli" : "") + " run whoami", Calls);
    }

    [Fact]
    public async Task Two_at_once_build_once()
    {
        await Task.WhenAll(RunAsync("whoami"), RunAsync("whoami"), RunAsync("whoami"));

        Assert.Equal("build Dowel.Cli run whoami run whoami run whoami", Calls);
    }

    [Fact]
    public async Task Works_through_a_link_from_another_folder()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(root, "else where")).FullName;
        File.CreateSymbolicLink(Path.Combine(elsewhere, "d1"), "../dowel");
        File.CreateSymbolicLink(Path.Combine(elsewhere, "d2"), "d1");

        var (code, _, _) = await RunAsync(Path.Combine(elsewhere, "d2"), elsewhere, ["whoami"]);

        Assert.Equal(7, code);
        Assert.Equal("build Dowel.Cli run whoami", Calls);
    }

    [Fact]
    public async Task A_failed_build_shows_its_errors_and_is_tried_again()
    {
        Dotnet("""[ "$1" = --version ] && exit 0; echo "restoring …"; echo "Program.cs(1,1): error CS1002: ; expected"; exit 1""");

        var (code, _, error) = await RunAsync("whoami");

        Assert.Equal(1, code);
        Assert.Contains("error CS1002", error, StringComparison.Ordinal);
        Assert.DoesNotContain("restoring", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(root, "artifacts", ".built-Dowel.Cli")));
    }

    [Fact]
    public async Task Without_an_sdk_of_version_10_it_says_where_to_get_one()
    {
        Dotnet("""echo "A compatible .NET SDK was not found." >&2; exit 145""");

        var (code, _, error) = await RunAsync("whoami");

        Assert.Equal(1, code);
        Assert.Equal("dowel: the .NET 10 SDK is needed; 'dotnet' has no SDK of version 10. Get it from https://dotnet.microsoft.com/download/dotnet/10.0", error.Trim());
    }

    private Task<(int Code, string Out, string Error)> RunAsync(params string[] args) => RunAsync(Path.Combine(root, "dowel"), root, args);

    private async Task<(int Code, string Out, string Error)> RunAsync(string script, string folder, string[] args)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var a in (IEnumerable<string>)[script, .. args]) start.ArgumentList.Add(a);
        start.Environment["PATH"] = $"{Path.Combine(root, "bin")}:/usr/bin:/bin";
        start.Environment["CALLS"] = Path.Combine(root, "calls");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private void Dotnet(string script)
    {
        Write("bin/dotnet", "#!/bin/sh\n" + script.ReplaceLineEndings("\n") + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(root, "bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Write(string file, string text) => File.WriteAllText(Path.Combine(root, file), text);
}
