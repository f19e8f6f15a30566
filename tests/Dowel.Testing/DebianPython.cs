using System.Collections.Concurrent;
using System.Diagnostics;

namespace Dowel.Testing;

/// <summary>Models that a script <c>train.py</c> beside the tests trains, once for all of them.</summary>
public abstract class PythonModels : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dowel-models-").FullName;
    private readonly Lazy<Task> _training;

    /// <param name="modules">The modules that the script imports.</param>
    protected PythonModels(params IReadOnlyList<string> modules)
        => _training = new(() => DebianPython.RunAsync(modules, Path.Combine(AppContext.BaseDirectory, "train.py"), _root));

    /// <summary>Where the script wrote something.</summary>
    public async Task<string> PathAsync(string name)
    {
        await _training.Value;
        return Path.Combine(_root, name);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Runs Python scripts with the libraries that data scientists use, from Debian's packages. Where they are missing, tests skip on a laptop and fail in CI.</summary>
public static class DebianPython
{
    /// <summary>The interpreter.</summary>
    public const string Path = "/usr/bin/python3";

    private static readonly ConcurrentDictionary<string, Task<(int Code, string Output, string Errors)>> Imports = new();

    /// <summary>Runs a script to its end; skips the test where a module is missing.</summary>
    /// <param name="modules">The modules that it imports, such as <c>sklearn</c>.</param>
    /// <param name="script">The script's file.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(IReadOnlyList<string> modules, string script, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync([script, .. arguments]);
        if (code == 0) return output;
        await RequireAsync(modules);
        throw new InvalidOperationException($"{script} ended with {code}: {errors}");
    }

    /// <summary>Skips the test where a module is missing.</summary>
    /// <param name="modules">The modules.</param>
    public static async Task RequireAsync(params IReadOnlyList<string> modules)
    {
        if (Environment.GetEnvironmentVariable("CI") is not null) return;
        var list = string.Join(", ", modules);
        Assert.SkipWhen((await Imports.GetOrAdd(list, l => RunAsync(["-c", $"import {l}"]))).Code != 0, $"needs {Path} with {list}; ./eng/test installs them");
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments)
    {
        if (!File.Exists(Path)) return (127, "", $"There is no {Path}.");
        // One thread each: many tests run at once.
        var start = new ProcessStartInfo(Path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["OMP_NUM_THREADS"] = "1" } };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
