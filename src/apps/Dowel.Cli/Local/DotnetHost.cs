namespace Dowel.Cli.Local;

/// <summary>Finds the dotnet program.</summary>
internal static class DotnetHost
{
    public static string Find(CliHost host)
    {
        foreach (var candidate in new[] { Environment.ProcessPath, host.Environment("DOTNET_HOST_PATH") })
        {
            if (candidate is not null && Path.GetFileNameWithoutExtension(candidate) == "dotnet" && File.Exists(candidate)) return candidate;
        }
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        foreach (var folder in (host.Environment("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var candidate = Path.Combine(folder, name);
            if (File.Exists(candidate)) return candidate;
        }
        throw new CliException("dotnet is not on the PATH.", "Get the .NET 10 SDK from https://dotnet.microsoft.com/download/dotnet/10.0.");
    }
}
