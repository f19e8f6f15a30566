namespace Dowel.Web.Pages.Experiments;

/// <summary>Chooses the columns of the runs table.</summary>
public partial class ColumnPicker
{
    private const int MostShown = 60;
    private string search = "";

    /// <summary>What the runs log.</summary>
    [Parameter, EditorRequired] public LoggedNames Names { get; set; } = new();

    /// <summary>Shows others; null for the usual ones.</summary>
    [Parameter] public EventCallback<string?> OnChange { get; set; }

    /// <summary>Closes the choice.</summary>
    [Parameter] public EventCallback OnClose { get; set; }

    /// <summary>The columns.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<RunColumn> Columns { get; set; } = [];

    private IEnumerable<(string Title, IReadOnlyList<RunColumn> Keys)> Groups()
    {
        IReadOnlyList<RunColumn> Found(IEnumerable<string> keys) =>
            [.. keys.Select(k => new RunColumn(k)).Where(c => c.Name.Contains(search, StringComparison.OrdinalIgnoreCase)).Take(MostShown)];
        (string, IReadOnlyList<RunColumn>)[] groups =
        [
            ("Run", Found(RunColumn.Attributes)),
            ("Metrics", Found(Names.Metrics.Select(m => $"metrics.{m.Name}"))),
            ("Params", Found(Names.Params.Select(p => $"params.{p.Name}"))),
            ("Tags", Found(Names.Tags.Select(t => $"tags.{t.Name}"))),
        ];
        return groups.Where(g => g.Item2.Count > 0);
    }

    // A new column stands behind those of its kind.
    private Task ToggleAsync(RunColumn column, bool on)
    {
        var columns = Columns.Where(c => c != column).ToList();
        if (on) columns.Insert(columns.FindLastIndex(c => Rank(c) <= Rank(column)) + 1, column);
        return OnChange.InvokeAsync(RunColumn.Write(columns));
    }

    private static int Rank(RunColumn column) => Array.IndexOf(["", "metrics", "params", "tags"], column.Kind);
}
