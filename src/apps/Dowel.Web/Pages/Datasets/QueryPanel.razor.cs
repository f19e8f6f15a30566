using Microsoft.AspNetCore.Components.Web;

namespace Dowel.Web.Pages.Datasets;

/// <summary>A SQL box with its result and a chart of it.</summary>
public partial class QueryPanel
{
    private string text = "";
    private bool running;
    private Problem? failure;
    private SqlResult? result;
    private TableData? table;
    private QueryChart chart = new();
    private ChartModel model = new();

    /// <summary>The dataset it begins with.</summary>
    [Parameter, EditorRequired] public Dataset Dataset { get; set; } = new();

    [SupplyParameterFromQuery(Name = "sql")] private string? sql { get; set; }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        text = sql ?? $"SELECT *\nFROM {DatasetNames.Quoted(Dataset.Name)}\nLIMIT 100";
        // A link with a query in it shows the answer at once.
        if (sql is not null) await RunAsync();
    }

    private async Task KeyAsync(KeyboardEventArgs e)
    {
        if (e.Key == "Enter" && (e.CtrlKey || e.MetaKey)) await RunAsync();
    }

    private async Task RunAsync()
    {
        if (running || string.IsNullOrWhiteSpace(text)) return;
        running = true;
        StateHasChanged();
        failure = await FailureOfAsync(async ct => result = await Api.Datasets.QueryAsync(text, 1000, ct));
        running = false;
        if (failure is not null || result is null) return;
        table = new TableData { Columns = result.Columns, Rows = result.Rows };
        Change(QueryChart.For(table));
        // Long queries do not fit into an address.
        if (text.Length < 1500) SetQuery(("sql", text));
    }

    private void Change(QueryChart next)
    {
        chart = next;
        model = chart.Draw(table!);
    }
}
