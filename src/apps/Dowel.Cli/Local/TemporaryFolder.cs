namespace Dowel.Cli.Local;

/// <summary>Takes away what was kept for a moment.</summary>
internal static class TemporaryFolder
{
    public static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system clears it one day.
        }
    }
}
