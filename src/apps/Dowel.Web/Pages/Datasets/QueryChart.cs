using System.Globalization;

namespace Dowel.Web.Pages.Datasets;

/// <summary>How a query's result is drawn.</summary>
internal enum QueryChartKind
{
    Bar,
    Line,
    Scatter,
}

/// <summary>Which columns of a query's result are drawn, and the chart of them.</summary>
internal sealed record QueryChart
{
    private const int MostPoints = 1000;
    private const int MostSplits = 8;
    private const int MostBars = 40;

    public QueryChartKind Kind { get; init; }

    /// <summary>The column across.</summary>
    public string X { get; init; } = "";

    /// <summary>The column upwards.</summary>
    public string Y { get; init; } = "";

    /// <summary>The column whose values make a series each; null for one series.</summary>
    public string? Split { get; init; }

    public IReadOnlyList<string> Columns { get; init; } = [];

    public IReadOnlyList<string> Numeric { get; init; } = [];

    public bool CanDraw => Numeric.Count > 0 && Columns.Count > 1;

    /// <summary>A good guess: names across, the last number that is no count upwards, and a line over time.</summary>
    public static QueryChart For(TableData table)
    {
        var columns = table.Columns.Select(c => c.Name).Distinct().ToList();
        var numeric = table.Columns.Where((c, i) => Formats.IsNumeric(c.Type) && table.Rows.Any(r => Formats.AsNumber(r[i]) is not null)).Select(c => c.Name).Distinct().ToList();
        if (numeric.Count == 0 || columns.Count < 2 || table.Rows.Count == 0) return new QueryChart { Columns = columns };
        var y = numeric.LastOrDefault(n => !IsCount(n)) ?? numeric[^1];
        var time = table.Columns.FirstOrDefault(c => IsTime(c.Type))?.Name;
        var names = table.Columns.Where(c => !Formats.IsNumeric(c.Type) && !IsTime(c.Type)).Select(c => c.Name).Where(n => n != y).ToList();
        // Names make bars only where a bar is one row; what is not grouped is a cloud of points.
        if (time is null)
        {
            foreach (var name in names)
            {
                var split = SplitOf(table, name, y);
                if (split is null && (!IsUnique(table, name) || table.Rows.Count > MostBars)) continue;
                return new QueryChart { Columns = columns, Numeric = numeric, X = name, Y = y, Split = split };
            }
        }
        var x = time ?? numeric.FirstOrDefault(c => c != y) ?? columns.First(c => c != y);
        var kind = time is not null ? QueryChartKind.Line : numeric.Contains(x) && (table.Rows.Count > 30 || !IsUnique(table, x)) ? QueryChartKind.Scatter : QueryChartKind.Bar;
        return new QueryChart { Columns = columns, Numeric = numeric, X = x, Y = y, Split = time is null ? null : SplitOf(table, time, y), Kind = kind };
    }

    public ChartModel Draw(TableData table)
    {
        if (!CanDraw) return new ChartModel();
        var (x, y, split) = (IndexOf(table, X), IndexOf(table, Y), Split is null ? -1 : IndexOf(table, Split));
        if (x < 0 || y < 0) return new ChartModel();
        var axis = IsTime(table.Columns[x].Type) ? AxisKind.Time : Kind != QueryChartKind.Bar && Formats.IsNumeric(table.Columns[x].Type) ? AxisKind.Number : AxisKind.Category;
        var series = table.Rows.Take(MostPoints)
            .GroupBy(row => split < 0 ? "" : Formats.Cell(row[split]) ?? "null")
            .Take(MostSplits)
            .Select(group => new ChartSeries(group.Key, [.. group.Select(row => XValue(row[x], axis))], [.. group.Select(row => Formats.AsNumber(row[y]))])
            {
                Kind = Kind switch { QueryChartKind.Line => SeriesKind.Line, QueryChartKind.Scatter => SeriesKind.Points, _ => SeriesKind.Bar },
            })
            .ToList();
        return new ChartModel { Series = series, XTitle = X, YTitle = Y, XKind = axis, FromZero = Kind == QueryChartKind.Bar };
    }

    /// <summary>Where one name across has several rows, another column with few values tells them apart.</summary>
    private static string? SplitOf(TableData table, string x, string y)
    {
        var ix = IndexOf(table, x);
        if (IsUnique(table, x)) return null;
        foreach (var column in table.Columns.Where(c => c.Name != x && c.Name != y))
        {
            var i = IndexOf(table, column.Name);
            if (column.Type.StartsWith("float", StringComparison.Ordinal)) continue;
            if (table.Rows.Select(r => Formats.Cell(r[i])).Distinct().Count() > MostSplits) continue;
            if (table.Rows.Select(r => (Formats.Cell(r[ix]), Formats.Cell(r[i]))).Distinct().Count() == table.Rows.Count) return column.Name;
        }
        return null;
    }

    private static bool IsUnique(TableData table, string column)
    {
        var i = IndexOf(table, column);
        return table.Rows.Select(r => Formats.Cell(r[i])).Distinct().Count() == table.Rows.Count;
    }

    private static object? XValue(object? value, AxisKind axis) => axis switch
    {
        AxisKind.Number => Formats.AsNumber(value),
        AxisKind.Time when value is string s && DateTimeOffset.TryParse(s, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) => at,
        _ => Formats.Cell(value) ?? "null",
    };

    // How many rows made a group is seldom what was asked for.
    private static bool IsCount(string column) => column is "n" || column.StartsWith("count", StringComparison.OrdinalIgnoreCase);

    private static bool IsTime(string type) => type is "date" || type.StartsWith("timestamp", StringComparison.Ordinal);

    private static int IndexOf(TableData table, string name)
    {
        for (var i = 0; i < table.Columns.Count; i++) if (table.Columns[i].Name == name) return i;
        return -1;
    }
}
