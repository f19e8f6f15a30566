using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Identity;

/// <summary>
/// Password hashes: PBKDF2 with HMAC-SHA512, 210 000 iterations (OWASP Password Storage Cheat Sheet, 2023), by ASP.NET Core's hasher.
/// As many at once as there are processors, so that a flood of attempts waits instead of starving everything else.
/// </summary>
internal sealed class PasswordHashing : IDisposable
{
    public const int MinLength = 12;
    public const int MaxLength = 512;
    private readonly PasswordHasher<UserRow> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));
    private readonly SemaphoreSlim _gate = new(Environment.ProcessorCount);
    private readonly UserRow _nobody = new();
    private readonly Lazy<string> _dummy;

    public PasswordHashing() => _dummy = new(() => _hasher.HashPassword(_nobody, TokenSecrets.NewCode()));

    /// <summary>Null if the password will do. What was given is never repeated, only its length.</summary>
    public static Failure? Check(string field, string? password)
        => password is null or { Length: < MinLength or > MaxLength }
            ? Failure.Invalid(field, password is null ? null : $"{password.Length} characters", $"{MinLength} to {MaxLength} characters")
            : null;

    public Task<string> HashAsync(string password, CancellationToken cancellationToken) => GuardedAsync(() => _hasher.HashPassword(_nobody, password), cancellationToken);

    /// <summary>Verifies; without a hash (no such user, or none set) it takes as long and fails.</summary>
    public Task<PasswordVerificationResult> VerifyAsync(string? hash, string password, CancellationToken cancellationToken) => GuardedAsync(() =>
    {
        if (password.Length > MaxLength) password = password[..MaxLength];
        var result = _hasher.VerifyHashedPassword(_nobody, hash ?? _dummy.Value, password);
        return hash is null ? PasswordVerificationResult.Failed : result;
    }, cancellationToken);

    private async Task<T> GuardedAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
