using System.Diagnostics;
using Dowel.Kernel.Ports;

namespace Dowel.Serving.Python;

/// <summary>How a worker's process is started: its program, and an environment with nothing of the server's own in it.</summary>
internal static class WorkerStart
{
    /// <summary>What programs need of the machine. Nothing that may hold a secret.</summary>
    private static readonly string[] Kept = ["PATH", "HOME", "TZ", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES"];
    private static readonly string[] ThreadVariables = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"];

    /// <summary>The runner's package, beside the server.</summary>
    public static string Runner { get; } = Path.Combine(AppContext.BaseDirectory, "runners", "python", "dowel_runner");

    public static ProcessStartInfo Worker(string interpreter, string socket, string folder, string modelFolder, string name, int threads)
    {
        var start = Program(interpreter, modelFolder, Runner, "worker", socket, name);
        start.RedirectStandardInput = true;
        start.Environment["TMPDIR"] = folder;
        // The model's folder is read only.
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        foreach (var variable in ThreadVariables) start.Environment[variable] = threads.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return start;
    }

    /// <summary>A program of the interpreter with the environment of nobody.</summary>
    /// <param name="interpreter">The interpreter's path.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProcessStartInfo Program(string interpreter, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(interpreter, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Except(Kept).ToList()) start.Environment.Remove(name);
        start.Environment["LANG"] = "C.UTF-8";
        return start;
    }

    /// <summary>The interpreter that a path, a virtual environment's folder or a name on the PATH means.</summary>
    public static string Interpreter(string given)
    {
        if (!given.Contains(Path.DirectorySeparatorChar))
        {
            foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
                if (Path.Combine(folder, given) is var found && File.Exists(found)) return found;
            throw new ModelException($"There is no '{given}' on the server's PATH; Serving__Python__Interpreter names an interpreter.");
        }
        var path = Directory.Exists(given) ? Path.Combine(given, "bin", "python") : given;
        return File.Exists(path) ? path : throw new ModelException($"There is no Python interpreter at '{given}'.");
    }

    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new ModelException($"'{start.FileName}' could not be started: {e.Message}", e);
        }
    }
}
