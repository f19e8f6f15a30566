using System.Diagnostics;
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

    private readonly Lazy<Task> _image;

    public TestEngine() => _image = new(BuildAsync);

    public static string Address => Environment.GetEnvironmentVariable(Variable) ?? "unix:///var/run/docker.sock";

    /// <summary>Waits for the engine and the image; skips the test where there is none.</summary>
    public async Task ReadyAsync()
    {
        Assert.SkipWhen(Address == "none", "the machine lets no Docker engine run");
        if (Environment.GetEnvironmentVariable("CI") is null)
            Assert.SkipWhen((await RunAsync("docker", "-H", Address, "version")).Code != 0, $"needs a Docker engine: start one, or set {Variable} to its address; ./eng/test does");
        await _image.Value;
    }

    /// <summary>Runs the engine's own command; what it says.</summary>
    public static async Task<string> DockerAsync(params string[] arguments)
    {
        var (code, output) = await RunAsync("docker", ["-H", Address, .. arguments]);
        return code == 0 ? output.Trim() : throw new XunitException($"docker {string.Join(' ', arguments)} ended with {code}: {output}");
    }

    private static async Task BuildAsync()
    {
        var root = Directory.CreateTempSubdirectory("dowel-image-").FullName;
        try
        {
            var python = new FileInfo("/usr/bin/python3").ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? "/usr/bin/python3";
            var library = $"/usr/lib/{Path.GetFileName(python)}";
            var modules = Directory.GetFiles($"{library}/lib-dynload", "*.so");
            var linked = Regex.Matches((await RunAsync("ldd", [python, .. modules])).Output, @"(?:=> )?(/\S+) \(").Select(m => m.Groups[1].Value);
            var archive = Path.Combine(root, "image.tar");
            // Links are followed, so that /lib is what the loader looks for in either layout.
            var (code, output) = await RunAsync("tar", ["-chf", archive, "--exclude=test", "--exclude=config-*", "--transform", "s,^.*/model_server.py$,model_server.py,", "-P",
                .. linked.Append(python).Append("/usr/bin/python3").Append(library).Append(Path.Combine(AppContext.BaseDirectory, "model_server.py")).Distinct()]);
            if (code != 0) throw new XunitException($"tar ended with {code}: {output}");
            await DockerAsync("import", "-c", "CMD [\"/usr/bin/python3\", \"/model_server.py\"]", "-c", "ENV PYTHONUNBUFFERED=1", archive, Image);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
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
