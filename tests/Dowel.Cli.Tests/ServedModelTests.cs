using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Dowel.Cli.Packaging;

namespace Dowel.Cli.Tests;

/// <summary>Models that Dowel runs itself, served, tested and packaged alone: by the real server.</summary>
public sealed class ServedModelTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    private static string Server => Built("Dowel.Server");

    // Beside the tests stands what they need, not all that the program needs alone.
    private static string Built(string program) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", program, "release", program + ".dll"));

    private static string Trees(string path) => HelpTests.InRepository($"tests/Dowel.Adapters.Trees.Tests/References/{path}");

    private string Folder(string name, params (string Name, string Text)[] files)
    {
        var folder = Directory.CreateDirectory(Path.Combine(cli.Home, name)).FullName;
        foreach (var (file, text) in files) File.WriteAllText(Path.Combine(folder, file), text);
        return folder;
    }

    private string Copy(string name, string file)
    {
        var folder = Folder(name);
        File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    /// <summary>The first rows of a reference case as an Open Inference body, and what the library answered.</summary>
    private (string Body, double[] Answers) Case(string file, int rows)
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Trees(file)));
        var x = cases.RootElement.GetProperty("x").EnumerateArray().Take(rows).ToList();
        var body = new { inputs = new[] { new { name = "input", shape = new[] { rows, x[0].GetArrayLength() }, datatype = "FP64", data = x } } };
        var answers = cases.RootElement.GetProperty("prediction").EnumerateArray().Take(rows).Select(v => v.GetDouble()).ToArray();
        return (cli.File($"{Guid.NewGuid():n}.json", JsonSerializer.Serialize(body)), answers);
    }

    private Process Start(string program, IEnumerable<string> arguments, string temporary)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["DOWEL_SERVER_DLL"] = Server;
        // Settings of another server, which this one is not.
        start.Environment["Dowel__SingleUser"] = "true";
        start.Environment["Dowel__Database"] = "Host=nowhere.invalid;Database=dowel";
        start.Environment["TMPDIR"] = Directory.CreateDirectory(temporary).FullName;
        return Process.Start(start)!;
    }

    private async Task<(int Code, string Out, string Error)> RunAsync(params string[] arguments)
    {
        var temporary = Path.Combine(cli.Home, "tmp");
        using var process = Start(Path.Combine(AppContext.BaseDirectory, "Dowel.Cli.dll"), arguments, temporary);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary, "dowel-serve-*"));
        return (process.ExitCode, output, await error);
    }

    private static async Task<string> AskAsync(HttpClient http, string path, string body)
    {
        using var answer = await http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {text}");
        return text;
    }

    /// <summary>Waits for the line that says where it listens, and asks it over its three protocols.</summary>
    private static async Task AskServedAsync(Process process, string name, string body, double expected)
    {
        var line = await process.StandardError.ReadLineAsync();
        Assert.StartsWith($"{name} listens on http://", line);
        var addresses = new List<string>();
        while (addresses.Count < 3) addresses.Add((await process.StandardError.ReadLineAsync())!);
        Assert.Contains($"/v2/models/{name}/infer", addresses[0]);
        using var http = new HttpClient { BaseAddress = new Uri(line![line!.IndexOf("http", StringComparison.Ordinal)..].Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)) };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);

        var answer = JsonDocument.Parse(await AskAsync(http, $"/v2/models/{name}/infer", body)).RootElement;
        Assert.Equal(expected, answer.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble(), 1e-6);
        var rows = JsonDocument.Parse(body).RootElement.GetProperty("inputs")[0].GetProperty("data").GetRawText();
        Assert.Contains("\"meta\"", await AskAsync(http, "/api/v1.0/predictions", $$$"""{"data": {"ndarray": {{{rows}}}}}"""));
        answer = JsonDocument.Parse(await AskAsync(http, "/invocations", $$$"""{"inputs": {{{rows}}}}""")).RootElement;
        Assert.Equal(expected, answer.GetProperty("predictions")[0].GetDouble(), 1e-6);

        Assert.Contains("dowel_endpoint_requests_total{", await http.GetStringAsync("/metrics"));
        // The platform behind it is for nobody.
        foreach (var path in new[] { "/api/v1/endpoints", "/api/v1/users", "/api/v1/me" }) Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(path)).StatusCode);
    }

    private static async Task EndAsync(Process process)
    {
        Assert.True(Local.NativeProcess.Signal(process.Id, Local.NativeProcess.SigTerm));
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("onnx", "model.onnx", "")]
    [InlineData("onnx", "iris.onnx", "")]
    [InlineData("mlnet", "model.zip", "")]
    [InlineData("lightgbm", "model.txt", "tree\nversion=v4\n")]
    [InlineData("lightgbm", "churn.lgb", "")]
    [InlineData("xgboost", "churn.json", "{\"learner\":{\"attributes\":{}}}")]
    [InlineData("xgboost", "model.ubj", "")]
    [InlineData("xgboost", "MLmodel", "artifact_path: model\nflavors:\n  python_function:\n    loader_module: mlflow.xgboost\n  xgboost:\n    data: model.xgb\n    model_class: onnx\nrun_id: onnx\n")]
    [InlineData("python_function", "MLmodel", "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n  sklearn:\n    pickled_model: model.pkl\nsignature:\n  onnx:\n")]
    [InlineData("python", "model.py", "")]
    [InlineData("sklearn", "model.joblib", "")]
    [InlineData("onnx", "dowel-version.json", """{"flavor": "onnx"}""")]
    public void The_flavor_is_what_the_files_look_like(string flavor, string file, string text)
    {
        var folder = Folder("m", (file, text), ("requirements.txt", "treelite\n"), ("input_example.json", "{\"a\": 1}"), ("notes.txt", "a tree"));
        Assert.Equal(flavor, ModelFolder.Open(folder, null).Flavor);
        Assert.Equal("mlnet", ModelFolder.Open(folder, "mlnet").Flavor);
    }

    [Fact]
    public async Task What_does_not_fit_is_told_by_name()
    {
        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("model", "serve", Folder("nothing", ("notes.txt", "a tree"), ("data.json", "[]"))));
        foreach (var looked in new[] { "MLmodel", ".onnx", "model.zip", "LightGBM", "XGBoost", "--flavor" }) Assert.Contains(looked, cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await cli.DowelAsync("model", "serve", Folder("onnx", ("model.onnx", "")), "--python", "python3"));
        Assert.Contains("--python is for models that run in Python; this one has the flavor 'onnx'.", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await cli.DowelAsync("model", "test", Folder("onnx"), "--python", "python3", "-i", "x=1"));
        Assert.Equal(ExitCodes.Usage, await cli.DowelAsync("model", "serve", Folder("class", ("model.py", "")), "--grpc-port", "9001"));
        Assert.Contains("--grpc-port is for models that Dowel's own server runs", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("model", "serve", Folder("onnx"), "--flavor", "tensorflow"));
        Assert.Contains("Models of flavor 'tensorflow' cannot be served alone", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await cli.DowelAsync("model", "serve", Folder("onnx"), "--grpc-port", "70000"));
        Assert.Contains("--grpc-port must be 0 to 65535", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("model", "serve", Folder("onnx"), "--port", "0"));
        Assert.Contains("DOWEL_SERVER_DLL is not set", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await cli.DowelAsync("package", Folder("onnx"), "--to", Path.Combine(cli.Home, "image")));
        Assert.Contains("DOWEL_SERVER_DLL is not set", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xgboost-3.0.0/binary-logistic-json/model.json", "xgboost-3.0.0/binary-logistic.cases.json")]
    [InlineData("lightgbm-4.6.0/binary/model.txt", "lightgbm-4.6.0/binary/cases.json")]
    public async Task A_folder_is_called_once_and_leaves_nothing(string model, string cases)
    {
        var folder = Copy("churn", Trees(model));
        var (body, answers) = Case(cases, 3);
        var (code, output, error) = await RunAsync("model", "test", folder, "--input", body, "-o", "json");
        Assert.True(code == 0, error);
        var tensor = JsonDocument.Parse(output).RootElement.GetProperty("outputs")[0];
        foreach (var (expected, given) in answers.Zip(tensor.GetProperty("data").EnumerateArray())) Assert.Equal(expected, given.GetDouble(), 1e-6);

        (code, output, _) = await RunAsync("model", "test", folder, "--input", body);
        Assert.Equal(0, code);
        Assert.Contains("PREDICTION", output, StringComparison.OrdinalIgnoreCase);
        (code, _, error) = await RunAsync("model", "test", folder, "--input", "nonsense=1");
        Assert.NotEqual(0, code);
        Assert.Contains("nonsense", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_such_model_is_told_and_leaves_nothing()
    {
        var (code, _, error) = await RunAsync("model", "serve", Folder("broken", ("model.onnx", "no model")), "--port", "0");
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("cannot be loaded as onnx: 'model.onnx' is no model that ONNX Runtime can load", error, StringComparison.Ordinal);
        Assert.Contains("--flavor", error, StringComparison.Ordinal);
        (code, _, error) = await RunAsync("model", "serve", Path.Combine(cli.Home, "broken"), "--flavor", "xgboost", "--port", "0");
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("The model has no file 'model.json'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_served_over_three_protocols_until_it_is_told_to_end()
    {
        var (body, answers) = Case("xgboost-3.0.0/binary-logistic.cases.json", 1);
        var temporary = Path.Combine(cli.Home, "tmp");
        using var process = Start(Path.Combine(AppContext.BaseDirectory, "Dowel.Cli.dll"), ["model", "serve", Copy("churn", Trees("xgboost-3.0.0/binary-logistic-json/model.json")), "--port", "0", "--name", "risk"], temporary);
        try
        {
            await AskServedAsync(process, "risk", await File.ReadAllTextAsync(body), answers[0]);
            await EndAsync(process);
            Assert.Empty(Directory.EnumerateFileSystemEntries(temporary, "dowel-serve-*"));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task A_folder_becomes_a_build_context_that_is_the_same_each_time_and_serves()
    {
        (cli.Variables["DOWEL_SERVER_DLL"], cli.Program) = (Server, Built("Dowel.Cli"));
        var model = Copy("churn", Trees("lightgbm-4.6.0/binary/model.txt"));
        var (one, two) = (Path.Combine(cli.Home, "one"), Path.Combine(cli.Home, "two"));
        Assert.True(await cli.DowelAsync("package", model, "--to", one, "--model-version", "3") == 0, cli.Error.ToString());
        File.SetLastWriteTimeUtc(Path.Combine(model, "model.txt"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(0, await cli.DowelAsync("package", model, "--to", two, "--model-version", "3"));
        var files = Files(one);
        Assert.Equal(files, Files(two));
        foreach (var (file, _) in files) Assert.Equal(File.ReadAllBytes(Path.Combine(one, file)), File.ReadAllBytes(Path.Combine(two, file)));

        // What linux-x64 needs, and nothing of this machine.
        Assert.Contains(files, f => f.Path == "server/runtimes/linux-x64/native/lib_lightgbm.so");
        Assert.All(files.Where(f => f.Path.Contains("/runtimes/", StringComparison.Ordinal)), f => Assert.Matches("/runtimes/(linux-x64|linux|unix)/", f.Path));
        Assert.DoesNotContain(files, f => f.Path.EndsWith(".pdb", StringComparison.Ordinal) || f.Path.Contains("xunit", StringComparison.Ordinal) || f.Path.Contains("runtime.json", StringComparison.Ordinal));
        var dockerfile = await File.ReadAllTextAsync(Path.Combine(one, "Dockerfile"));
        Assert.StartsWith("FROM --platform=linux/amd64 mcr.microsoft.com/dotnet/aspnet:10.0-noble\n", dockerfile);
        Assert.Contains("org.opencontainers.image.version=\"3\"", dockerfile);
        Assert.Contains("install -y --no-install-recommends libgomp1", dockerfile);
        Assert.Contains("\nUSER 10001:10001\n", dockerfile);
        Assert.EndsWith("\"--host\", \"0.0.0.0\", \"--port\", \"8080\", \"--flavor\", \"lightgbm\", \"--name\", \"churn\"]\n", dockerfile);
        Assert.Equal(0, await cli.DowelAsync("package", model, "--to", Path.Combine(cli.Home, "three"), "--no-install", "--base", "mine/aspnet@sha256:abc"));
        dockerfile = await File.ReadAllTextAsync(Path.Combine(cli.Home, "three", "Dockerfile"));
        Assert.StartsWith("FROM --platform=linux/amd64 mine/aspnet@sha256:abc\n", dockerfile);
        Assert.DoesNotContain("apt-get", dockerfile);

        // The program of the image, as the Dockerfile starts it.
        var (body, answers) = Case("lightgbm-4.6.0/binary/cases.json", 1);
        var start = new ProcessStartInfo("dotnet", ["cli/Dowel.Cli.dll", "model", "serve", "model", "--host", "0.0.0.0", "--port", "0", "--flavor", "lightgbm", "--name", "churn"]) { RedirectStandardError = true, WorkingDirectory = one };
        start.Environment["DOWEL_SERVER_DLL"] = Path.Combine(one, "server", "Dowel.Server.dll");
        using var process = Process.Start(start)!;
        try
        {
            await AskServedAsync(process, "churn", await File.ReadAllTextAsync(body), answers[0]);
            await EndAsync(process);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        static List<(string Path, DateTime Time)> Files(string folder)
            => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => (Path.GetRelativePath(folder, f), File.GetLastWriteTimeUtc(f))).OrderBy(f => f.Item1, StringComparer.Ordinal)];
    }

    [Fact]
    public async Task A_registered_version_takes_its_signature_along()
    {
        (cli.Variables["DOWEL_SERVER_DLL"], cli.Program) = (Server, Built("Dowel.Cli"));
        cli.Answers("""{"name": "churn", "latestVersion": 4}""")
            .Answers("""{"model": "churn", "modelId": "mdl_1", "version": 4, "flavor": "onnx", "files": [{"path": "model.onnx", "bytes": 3}], "signature": {"inputs": [{"name": "age", "datatype": "FP32", "shape": [-1]}], "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1]}]}}""")
            .Answers("abc");
        var target = Path.Combine(cli.Home, "image");
        Assert.True(await cli.DowelAsync("package", "churn", "--to", target) == 0, cli.Error.ToString());
        var model = ModelFolder.Open(Path.Combine(target, "model"), null);
        Assert.Equal(("onnx", "age"), (model.Flavor, model.Description!.Signature!.Inputs[0].Name));
        Assert.DoesNotContain("apt-get", await File.ReadAllTextAsync(Path.Combine(target, "Dockerfile")));
        Assert.Contains("image.version=\"4\"", await File.ReadAllTextAsync(Path.Combine(target, "Dockerfile")));
    }
}
