using System.Globalization;

namespace Dowel.Web.Pages.Features;

/// <summary>Looks up entities in the online store.</summary>
public partial class FeatureLookup
{
    private string text = "";
    private Problem? failure;
    private TableData? table;

    /// <summary>The view.</summary>
    [Parameter, EditorRequired] public FeatureView View { get; set; } = new();

    private async Task LookAsync()
    {
        table = null;
        var keys = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (keys.Length == 0) return;
        var values = new List<object>();
        foreach (var key in keys)
        {
            if (View.Entity.Type == "string") values.Add(key);
            else if (long.TryParse(key, CultureInfo.InvariantCulture, out var number)) values.Add(number);
            else
            {
                failure = Problems.Of(ErrorCodes.Invalid, $"“{key}” is no whole number, which {View.Entity.Name} is.");
                return;
            }
        }
        failure = await FailureOfAsync(async ct =>
        {
            var found = await Api.FeatureViews.OnlineAsync(
                new OnlineFeaturesRequest { Features = [$"{View.Project}.{View.Name}"], Entities = new Dictionary<string, IReadOnlyList<object>> { [View.Entity.Name] = values } }, ct);
            table = ToTable(values, found);
        });
    }

    private TableData ToTable(IReadOnlyList<object> keys, OnlineFeatures found)
    {
        var types = View.Features.ToDictionary(f => f.Name, f => f.Type);
        ColumnInfo[] columns =
        [
            new(View.Entity.Name, View.Entity.Type), new("status", "string"), new(View.TimestampField, "timestamp"),
            .. found.Features.Select(f => new ColumnInfo(f, types.GetValueOrDefault(f[(f.LastIndexOf(':') + 1)..], "string"))),
        ];
        return new TableData
        {
            Columns = columns,
            Rows = [.. keys.Select((key, i) => (object?[])[key, found.Statuses[i], found.EventTimestamps[i] is { } at ? Formats.Exact(at) : null, .. found.Values[i]])],
        };
    }
}
