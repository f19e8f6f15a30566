using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Observability.Columns;
using Dowel.Observability.Predictions;
using Dowel.Tables;
using DuckDB.NET.Data;

namespace Dowel.Observability.Drift;

/// <summary>How much a window holds.</summary>
internal readonly record struct WindowSize(long Records, long Rows);

/// <summary>The columns of a window of the prediction log.</summary>
internal sealed class WindowData
{
    public ColumnSet Inputs { get; } = new();
    public ColumnSet Features { get; } = new();
    public ColumnSet Outputs { get; } = new();
    /// <summary>Whether the endpoint joined features to any of the records.</summary>
    public bool Joined { get; set; }
}

/// <summary>Reads a window: the answered predictions only, as a refused request says nothing of the population.</summary>
internal static class WindowReader
{
    public static async Task<WindowSize> MeasureAsync(DuckDBConnection connection, string endpointId, Window window, CancellationToken cancellationToken)
    {
        var filter = Filter(endpointId, window);
        return (await connection.QueryAsync($"SELECT count(*), coalesce(sum(row_count), 0)::BIGINT FROM predictions WHERE {filter.Where}",
            r => new WindowSize(r.GetInt64(0), r.GetInt64(1)), cancellationToken, filter.Parameters))[0];
    }

    /// <summary>How many columns the widest record has, roughly.</summary>
    public static async Task<int> WidthAsync(DuckDBConnection connection, string endpointId, CancellationToken cancellationToken)
    {
        var types = await connection.QueryAsync("SELECT types FROM predictions WHERE endpoint_id = $1 AND status < 400 GROUP BY types ORDER BY strlen(types) DESC LIMIT 1", r => r.GetString(0), cancellationToken, endpointId);
        if (types.Count == 0) return 0;
        using var document = JsonDocument.Parse(types[0]);
        return document.RootElement.EnumerateObject().Sum(o => o.Value.EnumerateObject().Count());
    }

    /// <param name="connection">A connection to the log.</param>
    /// <param name="endpointId">The endpoint.</param>
    /// <param name="window">The window.</param>
    /// <param name="records">How many records to read; fewer than there are draws them at random, always the same ones.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static async Task<WindowData> ReadAsync(DuckDBConnection connection, string endpointId, Window window, long? records, CancellationToken cancellationToken)
    {
        var filter = Filter(endpointId, window);
        var drawn = records is null ? "" : $" AND id IN (SELECT id FROM predictions WHERE {filter.Where} ORDER BY hash(id), id LIMIT {records.Value.ToString(CultureInfo.InvariantCulture)})";
        var data = new WindowData();
        await connection.QueryAsync($"SELECT inputs, features, outputs, row_count FROM predictions WHERE {filter.Where}{drawn}", r =>
        {
            var rows = r.GetInt32(3);
            var features = r.GetString(1);
            data.Joined |= features != "{}";
            data.Inputs.Read(r.GetString(0), rows);
            data.Features.Read(features, rows);
            data.Outputs.Read(r.GetString(2), rows);
            return 0;
        }, cancellationToken, filter.Parameters);
        return data;
    }

    private static PredictionFilter Filter(string endpointId, Window window) => new PredictionFilter(endpointId).Between(window.From, window.To).Answered();
}
