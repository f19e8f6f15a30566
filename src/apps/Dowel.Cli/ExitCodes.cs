using Dowel.Client;

namespace Dowel.Cli;

/// <summary>How a command ends, for scripts.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Denied = 3;
    public const int NotFound = 4;
    public const int Unreachable = 5;
    public const int Interrupted = 130;

    public const string Help = "0 ok · 1 failed · 2 wrong usage · 3 not signed in, or denied · 4 not found · 5 server unreachable · 130 interrupted";

    public static int Of(DowelException e) => e.Status switch
    {
        0 => Unreachable,
        401 or 403 => Denied,
        404 => NotFound,
        _ => Failed,
    };
}
