using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Logging;

/// <summary>Writes sorted points to the two tables that metrics are read from: every point, and the last of each metric.</summary>
internal static class MetricTables
{
    private const string PointSql = """
        INSERT INTO experiments_metric_points (run_no, name_no, step, at, is_nan, value)
        SELECT CAST(@p0 AS BIGINT), CAST(@p1 AS BIGINT), CAST(@p2 AS BIGINT), CAST(@p3 AS BIGINT), CAST(@p4 AS SMALLINT), CAST(@p5 AS DOUBLE PRECISION)
        WHERE EXISTS (SELECT 1 FROM experiments_runs WHERE no = @p0) ON CONFLICT DO NOTHING
        """;

    // A run that was deleted for good meanwhile gets nothing more.
    private const string LastSql = """
        INSERT INTO experiments_metrics (run_no, name_no, experiment_no, value, is_nan, step, at)
        SELECT r.no, CAST(@p1 AS BIGINT), r.experiment_no, CAST(@p2 AS DOUBLE PRECISION), CAST(@p3 AS SMALLINT), CAST(@p4 AS BIGINT), CAST(@p5 AS BIGINT) FROM experiments_runs r WHERE r.no = @p0
        ON CONFLICT (run_no, name_no) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan, step = excluded.step, at = excluded.at
        WHERE excluded.step > experiments_metrics.step OR (excluded.step = experiments_metrics.step AND (excluded.at > experiments_metrics.at
            OR (excluded.at = experiments_metrics.at AND excluded.is_nan = 0 AND (experiments_metrics.is_nan = 1 OR excluded.value > experiments_metrics.value))))
        """;

    public static async Task WriteAsync(DbSession session, ReadOnlyMemory<Point> points)
    {
        if (session.Engine == DbEngine.Postgres) await InsertManyAsync(session, points);
        else await InsertEachAsync(session, points);
        var last = session.Prepare(LastSql);
        for (var i = 0; i < points.Length; i++)
        {
            var point = points.Span[i];
            if (i + 1 < points.Length && points.Span[i + 1] is var next && next.Run == point.Run && next.Name == point.Name) continue;
            await last.With(point.Run, point.Name, point.Value, point.IsNan ? 1 : 0, point.Step, point.At).ExecuteAsync();
        }
    }

    // In SQLite a statement is a call of a function; in PostgreSQL a journey.
    private static async Task InsertEachAsync(DbSession session, ReadOnlyMemory<Point> points)
    {
        var insert = session.Prepare(PointSql);
        for (var i = 0; i < points.Length; i++)
        {
            var p = points.Span[i];
            await insert.With(p.Run, p.Name, p.Step, p.At, p.IsNan ? 1 : 0, p.Value).ExecuteAsync();
        }
    }

    private static Task InsertManyAsync(DbSession session, ReadOnlyMemory<Point> points)
    {
        var (runs, names, steps, ats, nans, values) = (new long[points.Length], new long[points.Length], new long[points.Length], new long[points.Length], new short[points.Length], new double[points.Length]);
        for (var i = 0; i < points.Length; i++)
        {
            var p = points.Span[i];
            (runs[i], names[i], steps[i], ats[i], nans[i], values[i]) = (p.Run, p.Name, p.Step, p.At, p.IsNan ? (short)1 : (short)0, p.Value);
        }
        return session.ExecuteAsync("""
            INSERT INTO experiments_metric_points (run_no, name_no, step, at, is_nan, value)
            SELECT u.* FROM unnest(@runs, @names, @steps, @ats, @nans, @values) u (run_no, name_no, step, at, is_nan, value) WHERE EXISTS (SELECT 1 FROM experiments_runs r WHERE r.no = u.run_no)
            ON CONFLICT DO NOTHING
            """, new { runs, names, steps, ats, nans, values });
    }
}
