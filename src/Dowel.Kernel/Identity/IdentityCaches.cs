using Dowel.Kernel.Resources;

namespace Dowel.Kernel.Identity;

/// <summary>Everything in memory that depends on users, tokens and roles. Cleared after the commit of any change that can alter a permission.</summary>
internal sealed class IdentityCaches(AccessCache access, TokenCache tokens, PasswordCache passwords)
{
    public void Clear()
    {
        tokens.Clear();
        passwords.Clear();
        access.Clear();
    }
}
