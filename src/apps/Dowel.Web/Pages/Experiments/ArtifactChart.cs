using System.Text.Json;

namespace Dowel.Web.Pages.Experiments;

/// <summary>A chart out of an artifact whose file name says what it holds.</summary>
public sealed record ArtifactChart
{
    private static readonly string[] names = ["roc_curve.json", "precision_recall_curve.json", "confusion_matrix.json", "permutation_importance.json"];

    // The names under which people write the same thing.
    private static readonly string[] falsePositives = ["x", "falsePositiveRate", "fpr"];
    private static readonly string[] truePositives = ["y", "truePositiveRate", "tpr"];
    private static readonly string[] recalls = ["x", "recall"];
    private static readonly string[] precisions = ["y", "precision"];
    private static readonly string[] featureNames = ["name", "feature"];
    private static readonly string[] importances = ["importance", "aucDrop", "mean"];
    private static readonly string[] deviations = ["std", "deviation"];

    /// <summary>What it shows.</summary>
    public string Title { get; init; } = "";

    /// <summary>A drawn chart; null for a matrix.</summary>
    public ChartModel? Model { get; init; }

    /// <summary>A matrix; null for a drawn chart.</summary>
    public IReadOnlyList<double?[]>? Matrix { get; init; }

    /// <summary>The classes of the matrix.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Height in pixels.</summary>
    public int Height { get; init; } = 300;

    /// <summary>Whether a file of this name can be drawn.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Whether it can.</returns>
    public static bool Draws(string path) => Order(path) >= 0;

    internal static int Order(string path) => Array.IndexOf(names, NameOf(path));

    /// <summary>Reads a file; null where it is not of the form that its name promises.</summary>
    /// <param name="path">The file.</param>
    /// <param name="json">What is in it.</param>
    /// <returns>The chart.</returns>
    public static ArtifactChart? TryRead(string path, string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            return NameOf(path) switch
            {
                "roc_curve.json" => Curve(document.RootElement, "ROC curve", "false positive rate", "true positive rate", SeriesKind.Area, chance: true),
                "precision_recall_curve.json" => Curve(document.RootElement, "Precision and recall", "recall", "precision", SeriesKind.Line, chance: false),
                "confusion_matrix.json" => Confusion(document.RootElement),
                "permutation_importance.json" => Importance(document.RootElement),
                _ => null,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static ArtifactChart? Curve(JsonElement root, string title, string x, string y, SeriesKind kind, bool chance)
    {
        var (xs, ys) = chance ? (falsePositives, truePositives) : (recalls, precisions);
        var points = Items(root, "points").Select(p => (X: Number(Of(p, xs)), Y: Number(Of(p, ys)), At: p.TryGetProperty("threshold", out var t) ? Number(t) : null)).ToList();
        if (points.Count == 0) return null;
        var curve = new ChartSeries(chance ? "model" : "", [.. points.Select(p => (object?)p.X)], [.. points.Select(p => p.Y)])
        {
            Kind = kind, Color = SeriesColor.Accent,
            Texts = [.. points.Select(p => $"{x} {Formats.Number(p.X)}, {y} {Formats.Number(p.Y)}{(p.At is { } at ? $", threshold {Formats.Number(at)}" : "")}")],
        };
        var diagonal = new ChartSeries("chance", [0.0, 1.0], [0.0, 1.0]) { Color = SeriesColor.Quiet, Dashed = true };
        return new ArtifactChart { Title = title, Model = new ChartModel { Series = chance ? [curve, diagonal] : [curve], XTitle = x, YTitle = y, XRange = (0, 1), YRange = (0, 1.02) } };
    }

    private static ArtifactChart? Confusion(JsonElement root)
    {
        if (root.TryGetProperty("trueNegatives", out var negatives))
        {
            return new ArtifactChart
            {
                Title = "Confusion matrix", Labels = ["negative", "positive"],
                Matrix = [[Number(negatives), Number(root.GetProperty("falsePositives"))], [Number(root.GetProperty("falseNegatives")), Number(root.GetProperty("truePositives"))]],
            };
        }
        var labels = root.GetProperty("labels").EnumerateArray().Select(l => l.ValueKind == JsonValueKind.String ? l.GetString()! : l.GetRawText()).ToList();
        var matrix = root.GetProperty("matrix").EnumerateArray().Select(row => row.EnumerateArray().Select(Number).ToArray()).ToList();
        return matrix.Count == labels.Count && matrix.All(row => row.Length == labels.Count) && labels.Count > 0 ? new ArtifactChart { Title = "Confusion matrix", Matrix = matrix, Labels = labels } : null;
    }

    private static ArtifactChart? Importance(JsonElement root)
    {
        var features = Items(root, "features")
            .Select(f => (Name: Of(f, featureNames).GetString() ?? "", Value: Number(Of(f, importances)), Std: deviations.Any(d => f.TryGetProperty(d, out _)) ? Number(Of(f, deviations)) : null))
            .OrderByDescending(f => f.Value).Take(25).ToList();
        if (features.Count == 0) return null;
        return new ArtifactChart
        {
            Title = "Permutation importance", Height = 110 + 26 * features.Count,
            Model = new ChartModel
            {
                Series =
                [
                    new ChartSeries("importance", [.. features.Select(f => (object?)f.Name)], [.. features.Select(f => f.Value)])
                    {
                        Kind = SeriesKind.Bar, Color = SeriesColor.Accent, Errors = features.Any(f => f.Std is not null) ? [.. features.Select(f => f.Std)] : null,
                        Texts = [.. features.Select(f => $"{f.Name}: {Formats.Number(f.Value)}{(f.Std is { } s ? $" ± {Formats.Number(s)}" : "")}")],
                    },
                ],
                XKind = AxisKind.Category, Horizontal = true, YTitle = "what the metric loses without it",
            },
        };
    }

    /// <summary>The items of a list, alone or under a name.</summary>
    private static IEnumerable<JsonElement> Items(JsonElement root, string name) => (root.ValueKind == JsonValueKind.Array ? root : root.GetProperty(name)).EnumerateArray();

    private static JsonElement Of(JsonElement item, string[] keys)
    {
        foreach (var key in keys) if (item.TryGetProperty(key, out var value)) return value;
        throw new KeyNotFoundException(keys[0]);
    }

    /// <summary>NaN and infinities, which JSON writes as strings, are gaps.</summary>
    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && double.IsFinite(number) ? number : null;

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..].ToLowerInvariant();
}
