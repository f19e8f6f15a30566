using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Dowel.Tables.Segments;

/// <summary>Getting past damaged files.</summary>
public static class SegmentDamage
{
    /// <summary>Runs a query, and once more where it failed as one over a damaged file does, after such files were set aside.</summary>
    /// <param name="query">The query; it takes its snapshots itself.</param>
    /// <param name="setAside">Sets the damaged files of the logs aside that it reads.</param>
    public static async Task<T> GetPastAsync<T>(Func<Task<T>> query, Func<Task> setAside)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(setAside);
        try
        {
            return await query();
        }
        catch (DuckDBException e) when (IsPossible(e))
        {
            await setAside();
            return await query();
        }
    }

    /// <summary>Whether a failure of trusted SQL may come of a damaged file, and not of what the query asks or may use.</summary>
    internal static bool IsPossible(DuckDBException e) =>
        e.ErrorType is not (DuckDBErrorType.OutOfMemory or DuckDBErrorType.Interrupt or DuckDBErrorType.Parser or DuckDBErrorType.Binder or DuckDBErrorType.Catalog);
}
