namespace Dowel.Cli;

/// <summary>Folders that are for this user alone.</summary>
internal static class PrivateFolder
{
    /// <summary>Makes it; one that is there stays as it is.</summary>
    public static string Create(string path) => (OperatingSystem.IsWindows()
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)).FullName;
}
