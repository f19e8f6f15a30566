using System.Collections;
using System.Runtime.InteropServices;

namespace Dowel.Cli.Local;

/// <summary>The two calls of the operating system that .NET has no names for.</summary>
internal static partial class NativeProcess
{
    public const int SigTerm = 15;

    /// <summary>Puts another program in the place of this one, under the same process id; returns only if that failed.</summary>
    /// <returns>The operating system's error.</returns>
    public static string Replace(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> variables)
    {
        string?[] argv = [program, .. arguments, null];
        var all = new List<string?>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            if (!variables.ContainsKey((string)entry.Key)) all.Add($"{entry.Key}={entry.Value}");
        }
        all.AddRange(variables.Select(v => $"{v.Key}={v.Value}"));
        all.Add(null);
        _ = Execve(program, argv, [.. all]);
        return Marshal.GetLastPInvokeErrorMessage();
    }

    /// <summary>Sends a signal.</summary>
    public static bool Signal(int process, int signal) => Kill(process, signal) == 0;

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execve(string path, string?[] argv, string?[] environment);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
