using Dowel.Contracts;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Artifacts;

/// <summary>A row of <c>experiments_artifacts</c>.</summary>
internal sealed class ArtifactRow
{
    public string Path { get; set; } = "";
    public string Hash { get; set; } = "";
    public long Bytes { get; set; }

    public ArtifactInfo ToInfo(string path) => new(path, false, Bytes, Hash);
}

/// <summary>
/// Reads the tree that the paths of an owner's files make. Paths are compared by their bytes, which both engines have an index for: all below <c>a</c> lie from <c>a/</c> to before <c>a0</c>,
/// '0' being the character after '/'. LIKE would be blind to case on SQLite.
/// </summary>
internal static class ArtifactTree
{
    /// <summary>All files below a folder; empty is everything.</summary>
    public static Task<IReadOnlyList<ArtifactRow>> BelowAsync(DbSession session, string owner, string root)
        => session.QueryAsync<ArtifactRow>($"SELECT path, hash, bytes FROM experiments_artifacts WHERE owner_id = @owner{Below(session, root)}", Args(owner, root));

    /// <summary>Whether a path is a folder.</summary>
    public static async Task<bool> IsFolderAsync(DbSession session, string owner, string path)
        => await session.ScalarAsync<string>($"SELECT path FROM experiments_artifacts WHERE owner_id = @owner{Below(session, path)} LIMIT 1", Args(owner, path)) is not null;

    /// <summary>Deletes all below a folder; how many there were.</summary>
    public static Task<int> DeleteBelowAsync(DbSession session, string owner, string root)
        => session.ExecuteAsync($"DELETE FROM experiments_artifacts WHERE owner_id = @owner{Below(session, root)}", Args(owner, root));

    /// <summary>
    /// The files and folders right in a folder. From each one the index is asked for the next, past all that lies below a folder: what is read is what is answered, however many files there are.
    /// </summary>
    public static async Task<IReadOnlyList<ArtifactInfo>> ChildrenAsync(DbSession session, string owner, string root)
    {
        var (path, position, character) = (Column(session), session.Engine == DbEngine.Postgres ? "strpos" : "instr", session.Engine == DbEngine.Postgres ? "chr" : "char");
        var next = $"SELECT {path} FROM experiments_artifacts WHERE owner_id = @owner{{0}}{Below(session, root)} ORDER BY {path} LIMIT 1";
        var slash = $"{position}(substr(c.path, @from), '/')";
        // No path has a control character in it, so nothing lies between a file and itself with one behind it.
        var after = $"CASE WHEN {slash} > 0 THEN substr(c.path, 1, @from + {slash} - 2) || '0' ELSE c.path || {character}(1) END";
        var rows = await session.QueryAsync<ArtifactRow>($"""
            WITH RECURSIVE children (path) AS (
                SELECT ({string.Format(null, next, "")})
                UNION ALL
                SELECT ({string.Format(null, next, $" AND {path} >= {after}")}) FROM children c WHERE c.path IS NOT NULL)
            SELECT a.path, a.hash, a.bytes FROM children c JOIN experiments_artifacts a ON a.owner_id = @owner AND {Column(session, "a.")} = c.path
            """, Args(owner, root));
        var skip = root.Length == 0 ? 0 : root.Length + 1;
        return [.. rows.Select(r => r.Path.IndexOf('/', skip) is > 0 and var end ? new ArtifactInfo(r.Path[..end], true, null, null) : r.ToInfo(r.Path))];
    }

    private static string Column(DbSession session, string prefix = "") => session.Engine == DbEngine.Postgres ? $"{prefix}path COLLATE \"C\"" : $"{prefix}path";

    private static string Below(DbSession session, string root) => root.Length == 0 ? "" : $" AND {Column(session)} >= @low AND {Column(session)} < @high";

    // Where the path goes on below the folder: engines count characters, from 1.
    private static object Args(string owner, string root) => new { owner, low = root + "/", high = root + "0", from = root.Length == 0 ? 1 : root.EnumerateRunes().Count() + 2 };
}
