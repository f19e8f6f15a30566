using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Xunit.Sdk;

[assembly: AssemblyFixture(typeof(Dowel.Adapters.Docker.Tests.TestEngine))]

namespace Dowel.Adapters.Docker.Tests;

/// <summary>
/// A Docker engine, at <see cref="Variable"/> or the usual socket, with an image of <c>model_server.py</c> made of this machine's own Python: no registry is needed, and it takes a second.
/// Where there is no engine, tests skip on a laptop and fail in CI, unless it was found that none can run there (<c>none</c>).
/// </summary>
public sealed class TestEngine
{
    public const string Variable = "DOWEL_TEST_DOCKER";
    public const string Image = "dowel-test/model:1";

    /// <summary>What Microsoft's image of ASP.NET Core has, of this machine's own files, with the library that LightGBM needs.</summary>
    public const string AspNetImage = "dowel-test/aspnet:10.0";

    private readonly Lazy<Task> _image = new(BuildAsync);
    private readonly Lazy<Task> _aspNet = new(BuildAspNetAsync);

    public static string Address => Environment.GetEnvironmentVariable(Variable) ?? "unix:///var/run/docker.sock";

    /// <summary>Waits for the engine and the image; skips the test where there is none.</summary>
    public async Task ReadyAsync()
    {
        Assert.SkipWhen(Address == "none", "the machine lets no Docker engine run");
        if (Environment.GetEnvironmentVariable("CI") is null)
            Assert.SkipWhen((await RunAsync("docker", "-H", Address, "version")).Code != 0, $"needs a Docker engine: start one, or set {Variable} to its address; ./eng/test does");
        await _image.Value;
    }

    /// <summary>As <see cref="ReadyAsync"/>, with <see cref="AspNetImage"/>.</summary>
    public async Task AspNetReadyAsync()
    {
        await ReadyAsync();
        await _aspNet.Value;
    }

    /// <summary>Runs the engine's own command; what it says.</summary>
    public static async Task<string> DockerAsync(params string[] arguments)
    {
        var (code, output) = await RunAsync("docker", ["-H", Address, .. arguments]);
        return code == 0 ? output.Trim() : throw new XunitException($"docker {string.Join(' ', arguments)} ended with {code}: {output}");
    }

    private static async Task BuildAsync()
    {
        var python = new FileInfo("/usr/bin/python3").ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? "/usr/bin/python3";
        var library = $"/usr/lib/{Path.GetFileName(python)}";
        await ImportAsync(Image, [python, .. Directory.GetFiles($"{library}/lib-dynload", "*.so")], ["/usr/bin/python3", library, Path.Combine(AppContext.BaseDirectory, "model_server.py")], "CMD [\"/usr/bin/python3\", \"/model_server.py\"]", "ENV PYTHONUNBUFFERED=1");
    }

    private static Task BuildAspNetAsync()
    {
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        string[] runtime = [$"{dotnet}/host", $"{dotnet}/shared/Microsoft.NETCore.App", $"{dotnet}/shared/Microsoft.AspNetCore.App"];
        // What .NET opens only once it is asked for encryption.
        string[] opened = ["/usr/lib/x86_64-linux-gnu/libssl.so.3", "/usr/lib/x86_64-linux-gnu/libgomp.so.1"];
        return ImportAsync(AspNetImage, ["/bin/bash", $"{dotnet}/dotnet", .. opened, .. runtime.SelectMany(r => Directory.EnumerateFiles(r, "*.so", SearchOption.AllDirectories))], runtime, $"ENV PATH={dotnet}:/usr/bin:/bin");
    }

    /// <summary>Makes an image of some of this machine's files.</summary>
    /// <param name="image">Its name.</param>
    /// <param name="programs">Programs and libraries, which bring what they are linked with.</param>
    /// <param name="more">Other files and folders.</param>
    /// <param name="changes">Lines of a Dockerfile.</param>
    private static async Task ImportAsync(string image, string[] programs, string[] more, params string[] changes)
    {
        var root = Directory.CreateTempSubdirectory("dowel-image-").FullName;
        try
        {
            var linked = Regex.Matches((await RunAsync("ldd", programs)).Output, @"(?:=> )?(/\S+) \(").Select(m => m.Groups[1].Value);
            var archive = Path.Combine(root, "image.tar");
            // Everybody may write there, as everywhere.
            await DoAsync("mkdir", "-m", "1777", Path.Combine(root, "tmp"));
            // Links are followed, so that /lib is what the loader looks for in either layout.
            await DoAsync("tar", ["-chf", archive, "--exclude=test", "--exclude=config-*", "--transform", "s,^.*/model_server.py$,model_server.py,", "--transform", $"s,^{root},,", "-P", .. linked.Concat(programs).Where(f => !more.Any(m => f.StartsWith($"{m}/", StringComparison.Ordinal))).Concat(more).Append(Path.Combine(root, "tmp")).Distinct()]);
            await DockerAsync(["import", .. changes.SelectMany(c => new[] { "-c", c }), archive, image]);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }

        static async Task DoAsync(string program, params string[] arguments)
        {
            var (code, output) = await RunAsync(program, arguments);
            if (code != 0) throw new XunitException($"{program} ended with {code}: {output}");
        }
    }

    /// <summary>A program as it was built.</summary>
    internal static string Built(string program) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", program, "release", program + ".dll"));

    /// <summary>Runs a program to its end, with the engine's address in its environment; what it says.</summary>
    internal static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["DOCKER_HOST"] = Address, ["DOWEL_SERVER_DLL"] = Built("Dowel.Server") } })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, e.Message);
        }
    }
}
