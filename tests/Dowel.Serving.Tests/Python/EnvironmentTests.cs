using System.IO.Compression;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Tests.Python;

public sealed class EnvironmentTests
{
    private const string Model = "import tiny\nclass Model:\n    def predict(self, X): return X * tiny.FACTOR";

    /// <summary>A package as an index would give it.</summary>
    private static async Task WriteWheelAsync(string folder, string module)
    {
        await using var zip = await ZipFile.OpenAsync(Path.Combine(folder, "tiny-1.0-py3-none-any.whl"), ZipArchiveMode.Create);
        foreach (var (name, text) in new[] { ("tiny.py", module), ("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"),
            ("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"), ("tiny-1.0.dist-info/RECORD", "tiny.py,,\n") })
        {
            await using var entry = await zip.CreateEntry(name).OpenAsync();
            await entry.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
        }
    }

    [Fact]
    public async Task Requirements_are_installed_once_into_an_environment_that_all_with_the_same_share()
    {
        await using var host = await PythonHost.StartAsync(null, "venv", "ensurepip");
        var packages = host.Folder(null);
        await WriteWheelAsync(packages, "FACTOR = 5");
        var requirements = ("requirements.txt", $"--no-index\n--find-links {packages}\ntiny==1.0\n");
        var settings = new DeploymentSettings { Python = new PythonSettings { InstallRequirements = true } };

        Assert.Contains("The Python package 'tiny' is not installed", (await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(host.Folder(Model)))).Message);
        var models = await Task.WhenAll(host.LoadAsync(host.Folder(Model, requirements), settings: settings), host.LoadAsync(host.Folder(Model, requirements), settings: settings));
        foreach (var model in models) Assert.Equal([10.0], (await model.OneAsync(Tensor.Of("x", [2.0], 1))).Values<double>());
        Assert.Single(host.Log.Text.Split("Making a virtual environment with").Skip(1));
        Assert.Contains("Successfully installed tiny-1.0", host.Log.Text);
    }

    [Fact]
    public async Task A_requirement_that_is_nowhere_fails_with_what_the_installer_said()
    {
        await using var host = await PythonHost.StartAsync(null, "venv", "ensurepip");
        var folder = host.Folder(Model, ("requirements.txt", "--no-index\ntiny==9.9\n"));
        var e = await Assert.ThrowsAsync<ModelException>(() => host.LoadAsync(folder, settings: new DeploymentSettings { Python = new PythonSettings { InstallRequirements = true } }));
        Assert.Equal("requirements.txt could not be installed: ERROR: No matching distribution found for tiny==9.9", e.Message);
    }
}
