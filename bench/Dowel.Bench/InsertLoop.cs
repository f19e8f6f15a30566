using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Dowel.Bench;

/// <summary>The baseline of logging: a plain loop of inserts into SQLite, durable at each commit, without a server, access control or anything else around it.</summary>
internal static class InsertLoop
{
    /// <summary>Transactions a second, each of so many metrics of one run.</summary>
    public static async Task<double> RunAsync(int metrics, int seconds)
    {
        var folder = Directory.CreateTempSubdirectory("dowel-bench-loop-").FullName;
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "loop.db")};Pooling=False");
        await connection.OpenAsync();
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        Execute(connection, """
            CREATE TABLE metrics (run_id TEXT, key TEXT, value REAL, timestamp INTEGER, step INTEGER, is_nan INTEGER, PRIMARY KEY (key, timestamp, step, run_id, value, is_nan));
            CREATE TABLE latest (run_id TEXT, key TEXT, value REAL, timestamp INTEGER, step INTEGER, is_nan INTEGER, PRIMARY KEY (run_id, key));
            """);
        using var insert = Command(connection, "INSERT OR IGNORE INTO metrics VALUES (@r, @k, @v, @t, @s, 0)");
        using var last = Command(connection, "INSERT INTO latest VALUES (@r, @k, @v, @t, @s, 0) ON CONFLICT DO UPDATE SET value = excluded.value, timestamp = excluded.timestamp, step = excluded.step WHERE excluded.step >= latest.step");
        var run = Guid.NewGuid().ToString("n");
        var watch = Stopwatch.StartNew();
        var n = 0;
        for (; watch.Elapsed.TotalSeconds < seconds; n++)
        {
            using var transaction = connection.BeginTransaction();
            for (var i = 0; i < metrics; i++)
                foreach (var command in (SqliteCommand[])[insert, last])
                {
                    command.Transaction = transaction;
                    command.Parameters["@r"].Value = run;
                    command.Parameters["@k"].Value = $"m{i}";
                    command.Parameters["@v"].Value = n + (i * 0.01);
                    command.Parameters["@t"].Value = 1_700_000_000_000 + n;
                    command.Parameters["@s"].Value = n;
                    command.ExecuteNonQuery();
                }
            transaction.Commit();
        }
        var rate = n / watch.Elapsed.TotalSeconds;
        await connection.CloseAsync();
        Directory.Delete(folder, recursive: true);
        return rate;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in (string[])["@r", "@k", "@v", "@t", "@s"]) command.Parameters.Add(new SqliteParameter(name, null));
        return command;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
