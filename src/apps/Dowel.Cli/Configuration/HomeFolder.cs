namespace Dowel.Cli;

/// <summary>The user's own folder.</summary>
internal static class HomeFolder
{
    public static string Of(CliHost host)
    {
        var home = host.Environment("HOME");
        if (string.IsNullOrEmpty(home)) home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return string.IsNullOrEmpty(home) ? throw new CliException("There is no home folder.", "Set HOME.") : home;
    }
}
