using System.Diagnostics;
using System.Text.Json;
using Dowel.Testing;

namespace Dowel.Cli.Tests;

public sealed class PackagingTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    private string Folder(string name, params (string Name, string Text)[] files)
    {
        var folder = Directory.CreateDirectory(Path.Combine(cli.Home, name)).FullName;
        foreach (var (file, text) in files) File.WriteAllText(Path.Combine(folder, file), text);
        return folder;
    }

    private string Doubling(string name = "doubling") => Folder(name, ("model.py", """
        class Model:
            def predict(self, X):
                print("asked")
                if (X < 0).any(): raise ValueError("too small")
                return X * 2
        """), ("requirements.txt", "numpy==1.24.2\nrequests>=2\n"));

    private static (string Path, string Text, DateTime Time)[] Content(string folder)
        => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => (Path.GetRelativePath(folder, f), File.ReadAllText(f), File.GetLastWriteTimeUtc(f)))];

    [Fact]
    public async Task A_folder_becomes_a_build_context_that_is_the_same_each_time()
    {
        var model = Doubling();
        Directory.CreateDirectory(Path.Combine(model, "__pycache__"));
        File.WriteAllText(Path.Combine(model, "__pycache__", "model.pyc"), "");
        var (one, two) = (Path.Combine(cli.Home, "one"), Path.Combine(cli.Home, "two"));

        Assert.Equal(0, await cli.DowelAsync("package", model, "--to", one, "--model-version", "3", "--base", "python:3.12@sha256:abc", "-o", "json"));
        Assert.Equal(one, JsonDocument.Parse(cli.Out.ToString()).RootElement.GetProperty("path").GetString());
        File.SetLastWriteTimeUtc(Path.Combine(model, "model.py"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(0, await cli.DowelAsync("package", model, "--to", two, "--model-version", "3", "--base", "python:3.12@sha256:abc"));

        Assert.Equal(Content(one), Content(two));
        Assert.Equal("numpy==1.24.2\nrequests>=2\n", File.ReadAllText(Path.Combine(one, "requirements.txt")));
        var dockerfile = File.ReadAllText(Path.Combine(one, "Dockerfile"));
        Assert.StartsWith("FROM python:3.12@sha256:abc\n", dockerfile);
        Assert.Contains("\nUSER 10001:10001\n", dockerfile);
        Assert.EndsWith("\"--flavor\", \"python\", \"--name\", \"doubling\", \"--version\", \"3\"]\n", dockerfile);
        Assert.True(File.Exists(Path.Combine(one, "dowel_runner", "web", "server.py")));
        Assert.False(Directory.Exists(Path.Combine(one, "model", "__pycache__")));
    }

    [Fact]
    public async Task What_a_pickle_needs_is_installed_with_it_unless_the_base_image_has_it()
    {
        var model = Folder("pickle", ("model.pkl", ""), ("requirements.txt", "scikit-learn==1.2.1"));
        var target = Path.Combine(cli.Home, "image");
        Assert.Equal(0, await cli.DowelAsync("package", model, "--to", target, "--no-install"));
        Assert.Equal("scikit-learn==1.2.1\nnumpy\njoblib\n", File.ReadAllText(Path.Combine(target, "requirements.txt")));
        Assert.DoesNotContain("pip install", File.ReadAllText(Path.Combine(target, "Dockerfile")));
    }

    [Fact]
    public async Task A_registered_version_is_downloaded_first()
    {
        cli.Answers("""{"name": "iris", "latestVersion": 4}""")
            .Answers("""{"model": "iris", "modelId": "mdl_1", "version": 4, "flavor": "python", "files": [{"path": "code", "isFolder": true}, {"path": "code/model.py", "bytes": 3}, {"path": "model.py", "bytes": 3}]}""")
            .Answers("a=1").Answers("b=2");
        var target = Path.Combine(cli.Home, "image");
        Assert.Equal(0, await cli.DowelAsync("package", "iris", "--to", target));
        Assert.Equal("a=1", File.ReadAllText(Path.Combine(target, "model", "code", "model.py")));
        Assert.Equal("b=2", File.ReadAllText(Path.Combine(target, "model", "model.py")));
        Assert.Contains("\"--name\", \"iris\", \"--version\", \"4\"]", File.ReadAllText(Path.Combine(target, "Dockerfile")));
    }

    [Fact]
    public async Task What_cannot_be_packaged_is_told()
    {
        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("package", Folder("spark", ("model.spark", "")), "--flavor", "spark"));
        Assert.Contains("Models of flavor 'spark' cannot be served alone", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("package", Folder("nothing")));
        Assert.Contains("Looked for: MLmodel; model.py", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotFound, await cli.DowelAsync("package", Path.Combine(cli.Home, "absent")));
        var model = Doubling();
        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("package", model, "--to", model));
        Assert.Contains("is not empty", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("package", model, "--to", Path.Combine(model, "image")));
        Assert.Contains("inside of the model's folder", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_called_once()
    {
        await DebianPython.RequireAsync("numpy");
        var model = Doubling();
        Assert.Equal(0, await cli.DowelAsync("model", "test", model, "--python", DebianPython.Path, "-i", "x=1,2.5", "-o", "json"));
        Assert.Equal([2.0, 5.0], JsonDocument.Parse(cli.Out.ToString()).RootElement.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Contains("asked", cli.Error.ToString(), StringComparison.Ordinal);

        var body = cli.File("body.json", """{"inputs": [{"name": "x", "shape": [1, 2], "datatype": "INT64", "data": [3, 4]}]}""");
        Assert.Equal(0, await cli.DowelAsync("model", "test", model, "--python", DebianPython.Path, "--input", body));
        Assert.Contains("6", cli.Out.ToString(), StringComparison.Ordinal);

        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("model", "test", model, "--python", DebianPython.Path, "-i", "x=-1"));
        Assert.Contains("ValueError: too small", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", cli.Out.ToString());
        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("model", "test", model, "--python", "/nowhere/python", "-i", "x=1"));
        Assert.Contains("There is no Python interpreter at /nowhere/python.", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_class_of_the_guide_is_the_sample_and_answers()
    {
        var sample = HelpTests.InRepository("samples/python-model");
        Assert.Contains($"```python\n{File.ReadAllText(Path.Combine(sample, "model.py"))}```\n", File.ReadAllText(HelpTests.InRepository("docs/guide/python-models.md")));
        await DebianPython.RequireAsync("numpy");
        Assert.Equal(0, await cli.DowelAsync("model", "test", sample, "--python", DebianPython.Path, "--input", "bill_length=39,50", "--input", "bill_depth=18,15", "-o", "json"));
        Assert.Equal(["Adelie", "Gentoo"], JsonDocument.Parse(cli.Out.ToString()).RootElement.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(v => v.GetString()));
    }

    [Fact]
    public async Task A_folder_is_served_until_it_is_told_to_end()
    {
        await DebianPython.RequireAsync("numpy");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Dowel.Cli.dll"), "model", "serve", Doubling(), "--port", "0", "--python", DebianPython.Path]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardError.ReadLineAsync();
            Assert.Contains("doubling listens on http://127.0.0.1:", line);
            using var http = new HttpClient { BaseAddress = new Uri(line![line!.IndexOf("http", StringComparison.Ordinal)..]) };
            var answer = await http.PostAsync("/v2/models/doubling/infer", new StringContent("""{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [21]}]}"""));
            Assert.Contains("42.0", await answer.Content.ReadAsStringAsync());
            // The runner took the command's place, so a signal to it is a signal to the runner.
            Assert.True(Local.NativeProcess.Signal(process.Id, Local.NativeProcess.SigTerm));
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            process.Kill();
        }
    }
}
