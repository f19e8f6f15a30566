using Dowel.Contracts;
using Dowel.Kernel.Relational;

namespace Dowel.Kernel.Identity;

/// <summary>A row of <c>kernel_tokens</c>, with its project's name where that was asked for.</summary>
internal sealed class TokenRow
{
    public string Id { get; set; } = "";
    public string UserId { get; set; } = "";
    public string Kind { get; set; } = "api";
    public string Name { get; set; } = "";
    public string Hint { get; set; } = "";
    public string Hash { get; set; } = "";
    public string? ProjectId { get; set; }
    public string? Project { get; set; }
    public long CreatedAt { get; set; }
    public long? ExpiresAt { get; set; }
    public long? LastUsedAt { get; set; }
    public long? RevokedAt { get; set; }

    public Task InsertAsync(DbSession session) => session.ExecuteAsync("""
        INSERT INTO kernel_tokens (id, user_id, kind, name, hint, hash, project_id, created_at, expires_at)
        VALUES (@Id, @UserId, @Kind, @Name, @Hint, @Hash, @ProjectId, @CreatedAt, @ExpiresAt)
        """, this);

    public Token ToToken() => new()
    {
        Id = Id,
        Name = Name,
        Hint = Hint,
        Kind = Kind,
        Project = Project,
        CreatedAt = Instants.FromMicros(CreatedAt),
        ExpiresAt = Instants.FromMicros(ExpiresAt),
        LastUsedAt = Instants.FromMicros(LastUsedAt),
        RevokedAt = Instants.FromMicros(RevokedAt),
    };
}
