using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Ports;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Python;

/// <summary>Virtual environments of the models' requirements, in the data folder: one for each interpreter and content of <c>requirements.txt</c>, shared by all that have the same.</summary>
internal sealed class PythonEnvironments(IOptions<DowelOptions> dowel, IOptions<ServingOptions> options)
{
    /// <summary>Stands in an environment once all is installed.</summary>
    private const string Whole = ".whole";

    private static readonly string[] ForInstalling = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"];
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new();

    /// <summary>The interpreter of the environment for a model, made first if there is none yet. A model without <c>requirements.txt</c> has none of its own.</summary>
    /// <param name="modelFolder">The model's folder.</param>
    /// <param name="interpreter">The interpreter to make it with.</param>
    /// <param name="log">Takes what the installer says.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ModelException">It could not be made.</exception>
    public async Task<string> EnsureAsync(string modelFolder, string interpreter, IModelLog log, CancellationToken cancellationToken)
    {
        var requirements = Path.Combine(modelFolder, "requirements.txt");
        if (!File.Exists(requirements)) return interpreter;
        var key = Key(interpreter, await File.ReadAllTextAsync(requirements, cancellationToken));
        var folder = Path.Combine(dowel.Value.Folder("python-environments"), key);
        var python = Path.Combine(folder, "bin", "python");
        var turn = _turns.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (File.Exists(Path.Combine(folder, Whole))) return python;
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(options.Value.Python.InstallSeconds));
            try
            {
                log.Write($"Making a virtual environment with {interpreter} …");
                await RunAsync("The virtual environment could not be made", interpreter, ["-m", "venv", "--system-site-packages", folder], modelFolder, log, limit.Token);
                log.Write("Installing requirements.txt …");
                await RunAsync("requirements.txt could not be installed", python, ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r", requirements], modelFolder, log, limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new ModelException($"requirements.txt was not installed within {options.Value.Python.InstallSeconds} s.");
            }
            await File.WriteAllTextAsync(Path.Combine(folder, Whole), "", cancellationToken);
            return python;
        }
        finally
        {
            turn.Release();
        }
    }

    private static string Key(string interpreter, string requirements)
    {
        var real = File.ResolveLinkTarget(interpreter, returnFinalTarget: true)?.FullName ?? interpreter;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{interpreter}\n{real}\n{requirements}")))[..24];
    }

    private static async Task RunAsync(string failed, string program, string[] arguments, string folder, IModelLog log, CancellationToken cancellationToken)
    {
        var start = WorkerStart.Program(program, folder, arguments);
        foreach (var name in ForInstalling)
            if (Environment.GetEnvironmentVariable(name) is { } value) start.Environment[name] = value;
        using var process = WorkerStart.Start(start);
        var output = new ProcessLog(log);
        var said = output.FollowAsync(process);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        await said;
        if (process.ExitCode != 0) throw new ModelException($"{failed}: {output.Last ?? $"status {process.ExitCode}"}");
    }
}
