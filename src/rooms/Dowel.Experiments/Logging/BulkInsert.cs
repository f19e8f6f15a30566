using System.Text;
using Dapper;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Logging;

/// <summary>Inserts many rows with few statements.</summary>
internal static class BulkInsert
{
    // Both engines take more parameters; this keeps the number of different statement texts small.
    private const int RowsAtOnce = 200;

    /// <param name="session">The transaction.</param>
    /// <param name="table">Table and columns: <c>t (a, b)</c>.</param>
    /// <param name="conflict">What follows the values: <c>ON CONFLICT …</c>.</param>
    /// <param name="rows">The values of each row, none null.</param>
    public static async Task InsertAsync(DbSession session, string table, string conflict, IReadOnlyList<object[]> rows)
    {
        foreach (var chunk in rows.Chunk(RowsAtOnce))
        {
            var sql = new StringBuilder($"INSERT INTO {table} VALUES ");
            var args = new DynamicParameters();
            var n = 0;
            foreach (var row in chunk)
            {
                sql.Append(n == 0 ? "(" : ", (");
                for (var i = 0; i < row.Length; i++)
                {
                    sql.Append(i == 0 ? "@p" : ", @p").Append(n);
                    args.Add($"p{n++}", row[i]);
                }
                sql.Append(')');
            }
            await session.ExecuteAsync($"{sql} {conflict}", args);
        }
    }
}
