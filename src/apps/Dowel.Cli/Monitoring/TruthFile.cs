using Dowel.Contracts;

namespace Dowel.Cli.Monitoring;

/// <summary>Reads ground truth from a file.</summary>
internal static class TruthFile
{
    public static async Task<IReadOnlyList<GroundTruthItem>> ReadAsync(CliHost host, string path, CancellationToken cancellationToken)
    {
        var items = Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? await JsonFile.ReadAsync<List<GroundTruthItem>>(host, path, cancellationToken)
            : FromTable(await TableFile.ReadAsync(host, path, cancellationToken), path);
        return items.Count > 0 ? items : throw new CliException($"{path} has no ground truth.");
    }

    internal static List<GroundTruthItem> FromTable(TableData table, string path)
    {
        var names = table.Columns.Select(c => c.Name.ToLowerInvariant()).ToList();
        var id = names.IndexOf("prediction_id");
        if (id < 0) id = names.IndexOf("predictionid");
        var value = names.IndexOf("value");
        if (value < 0 && names.Count == 2) value = 1 - id;
        if (id < 0 || value < 0) throw new CliException($"{path} has the columns {string.Join(", ", names)}.", "It needs prediction_id and value.");
        // Lines of one prediction are its rows, in the order they stand in.
        return [.. table.Rows.GroupBy(r => Cell.Of(r[id])).Select(g => new GroundTruthItem(g.Key, [.. g.Select(r => r[value])]))];
    }
}
