namespace Dowel.Cli;

/// <summary>A mistake of the user that the command line itself finds.</summary>
internal sealed class CliException(string message, string? remedy = null, int exitCode = ExitCodes.Failed) : Exception(message)
{
    public string? Remedy { get; } = remedy;

    public int ExitCode { get; } = exitCode;

    public static CliException Usage(string message, string? remedy = null) => new(message, remedy, ExitCodes.Usage);
}
