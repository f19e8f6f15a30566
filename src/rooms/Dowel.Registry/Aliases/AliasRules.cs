using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Aliases;

/// <summary>What an alias may be called: a version is named by number or alias, so an alias must never look like a number (MLflow also keeps "v1" and "latest" free).</summary>
internal static class AliasRules
{
    public static Failure? Check(string field, string? alias)
        => alias is not { Length: > 0 and <= 100 } || !alias.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || IsNumber(alias) || IsNumber(alias.TrimStart('v', 'V')) || alias.Equals("latest", StringComparison.OrdinalIgnoreCase)
            ? Failure.Invalid(field, alias, "1 to 100 letters, digits, '-' and '_'; not a number, not 'v' and a number, not 'latest'")
            : null;

    /// <summary>Whether the gate guards an alias. Case does not matter: 'Production' is no way around 'production'.</summary>
    public static bool IsProtected(ValidationGate gate, string alias) => gate.ProtectedAliases.Contains(alias, StringComparer.OrdinalIgnoreCase);

    private static bool IsNumber(string text) => text.Length > 0 && text.TrimStart('-').All(char.IsAsciiDigit);
}
