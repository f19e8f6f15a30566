using System.Globalization;

namespace Dowel.Web.Pages.Datasets;

/// <summary>The profile of one column.</summary>
public partial class ColumnProfileCard
{
    private double missing;

    /// <summary>The column.</summary>
    [Parameter, EditorRequired] public ColumnProfile Column { get; set; } = new();

    /// <summary>Rows of the table.</summary>
    [Parameter, EditorRequired] public long Rows { get; set; }

    // Where every value is another one, the most frequent ones say nothing; where there is a histogram of many values, neither.
    private bool ShowTop => Column.Top.Count > 0 && Column.Top[0].Count > 1 && (Column.Histogram is null || Column.Distinct <= 12);

    /// <inheritdoc/>
    protected override void OnParametersSet() => missing = Rows == 0 ? 0 : Column.Missing * 100.0 / Rows;

    private string Quantile(string key) => Column.Quantiles.TryGetValue(key, out var value) ? Formats.Number(value) : "–";

    private static string Bound(object? value) => Formats.AsNumber(value) is { } number ? Formats.Number(number) : Formats.ShortCell(value);

    private string Share(long count) => (Rows == 0 ? 0 : count * 100.0 / Rows).ToString("0.#", CultureInfo.InvariantCulture);
}
