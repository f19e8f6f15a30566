using Microsoft.Data.Sqlite;
using Npgsql;

namespace Dowel.Kernel.Relational;

/// <summary>What a database error means, on either engine.</summary>
public static class SqlErrors
{
    /// <summary>Whether a unique index or primary key was violated.</summary>
    public static bool IsUniqueViolation(Exception e) => e switch
    {
        SqliteException s => s.SqliteExtendedErrorCode is 2067 or 1555,
        PostgresException p => p.SqlState == PostgresErrorCodes.UniqueViolation,
        _ => false,
    };

    /// <summary>Whether the database's disk is full.</summary>
    public static bool IsFull(Exception e) => e is SqliteException { SqliteErrorCode: 13 } or PostgresException { SqlState: PostgresErrorCodes.DiskFull };
}
