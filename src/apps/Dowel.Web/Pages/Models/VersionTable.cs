using System.Globalization;
using Dowel.Web.Pages.Experiments;

namespace Dowel.Web.Pages.Models;

/// <summary>What one version has in a row of the comparison.</summary>
/// <param name="Text">What is shown; null for nothing.</param>
/// <param name="Passed">Whether a check passed; null where it is no check.</param>
/// <param name="Same">What tells it from others, where the text does not.</param>
public sealed record VersionCell(string? Text, bool? Passed = null, string? Same = null)
{
    /// <summary>How it differs from the first version; null where it does not, or where there is nothing to say.</summary>
    public string? Note { get; init; }

    /// <summary>Whether that is good or bad.</summary>
    public Tone NoteTone { get; init; } = Tone.Quiet;

    /// <summary>Whether it is the best of its row.</summary>
    public bool IsBest { get; init; }

    /// <summary>Where it leads.</summary>
    public string? Href { get; init; }

    /// <summary>Whether it may not be seen: it says nothing of how the versions differ.</summary>
    public bool IsHidden { get; init; }
}

/// <summary>A row of the comparison.</summary>
public sealed record VersionRow(string Name, IReadOnlyList<VersionCell> Cells)
{
    /// <summary>Whether the versions differ in it.</summary>
    public bool Differs { get; } = Cells.Where(c => !c.IsHidden).Select(c => (c.Same ?? c.Text ?? "", c.Passed)).Distinct().Skip(1).Any();
}

/// <summary>Some rows of the comparison.</summary>
public sealed record VersionSection(string Title, IReadOnlyList<VersionRow> Rows);

/// <summary>Versions side by side, a column each; the first is what the others are measured against.</summary>
public static class VersionTable
{
    private const string CommitTag = "mlflow.source.git.commit", RepositoryTag = "mlflow.source.git.repoURL", BranchTag = "mlflow.source.git.branch", SourceTag = "mlflow.source.name";
    private static readonly VersionCell nothing = new((string?)null);
    private static readonly VersionCell hidden = new((string?)null) { IsHidden = true };

    /// <summary>The sections that have rows.</summary>
    /// <param name="versions">The versions, in the order of the columns.</param>
    /// <param name="runs">The runs that may be seen, by id.</param>
    /// <param name="gate">The model's gate, which may say of a metric that less is better.</param>
    public static IReadOnlyList<VersionSection> Of(IReadOnlyList<ModelVersion> versions, IReadOnlyDictionary<string, Run> runs, ValidationGate? gate = null)
    {
        ArgumentNullException.ThrowIfNull(versions);
        ArgumentNullException.ThrowIfNull(runs);
        var prompts = versions.Select(PromptText.Of).ToList();
        Run? RunOf(ModelVersion v) => v.RunId is { } id ? runs.GetValueOrDefault(id) : null;
        bool Hides(ModelVersion v) => v.RunId is not null && RunOf(v) is null;
        VersionRow Row(string name, Func<ModelVersion, string?> text) => new(name, [.. versions.Select(v => new VersionCell(text(v)))]);
        VersionRow RunTag(string name, string tag, Func<string, string>? shown = null) => new(name,
            [.. versions.Select(v => Hides(v) ? hidden : RunOf(v)?.Tags.GetValueOrDefault(tag) is { Length: > 0 } value ? new VersionCell(shown?.Invoke(value) ?? value, null, value) : nothing)]);
        VersionSection[] all =
        [
            new("Version",
            [
                Row("description", v => v.Description), Row("aliases", v => string.Join(", ", v.Aliases.Order(StringComparer.Ordinal))), Row("stage", v => v.Stage == "None" ? null : v.Stage), Row("flavor", v => v.Flavor), Row("registered by", v => v.CreatedBy),
                new("run", [.. versions.Select(v => v.RunId is not { } id ? nothing : new VersionCell(RunOf(v)?.Name is { Length: > 0 } name ? name : id, null, id) { Href = Hides(v) ? null : $"runs/{Uri.EscapeDataString(id)}" })]),
                // Where it comes from a run, the run says it; every prompt has the same one.
                Row("source", v => PromptText.Of(v) is not null || (v.RunId is { } id && v.Source.StartsWith($"runs:/{id}/", StringComparison.Ordinal)) ? null : v.Source),
            ]),
            new("Prompt",
            [
                new("kind", [.. prompts.Select(p => new VersionCell(p?.Type))]), new("variables", [.. prompts.Select(p => new VersionCell(p is null ? null : string.Join(", ", p.Variables)))]),
                new("model and settings", [.. prompts.Select(p => new VersionCell(p?.Settings))]), new("form of the answer", [.. prompts.Select(p => new VersionCell(p?.ResponseFormat))]),
            ]),
            new("Metrics", [.. Rows(versions, v => v.Metrics.Select(m => (m.Key, new VersionCell(Formats.Number(m.Value), null, m.Value.ToString("R", CultureInfo.InvariantCulture))))).Select(r => Measured(r, versions, gate))]),
            new("Params of the run", Rows(versions, v => RunOf(v)?.Params.Select(p => (p.Key, new VersionCell(p.Value))) ?? [], Hides)),
            new("Inputs", Specs(versions, s => s.Inputs, isInput: true)),
            new("Outputs", Specs(versions, s => s.Outputs, isInput: false)),
            new("Learned from", Rows(versions, v => v.TrainingData.Select(Source))),
            new("Code", [RunTag("revision", CommitTag, c => c[..Math.Min(c.Length, 10)]), RunTag("branch", BranchTag), RunTag("repository", RepositoryTag), RunTag("program", SourceTag)]),
            new("Gate",
            [
                new("result", [.. versions.Select(v => v.Gate is { } g ? new VersionCell(GateChip.Word(g), g.Passed) : nothing)]),
                .. Rows(versions, v => v.Gate?.Checks.DistinctBy(c => c.Name).Select(c => (c.Name, new VersionCell(GateWords.Tidy(c.Given), c.Passed))) ?? [], sorted: false),
            ]),
            new("Tags", Rows(versions, v => v.Tags.Where(t => !PromptText.IsOwnTag(t.Key)).Select(t => (t.Key, new VersionCell(t.Value))))),
            new("Files", Rows(versions, v => v.Files.Where(f => !f.IsFolder).Select(f => (f.Path, new VersionCell(Formats.Bytes(f.Bytes), null, f.Hash))))),
        ];
        return [.. all.Select(s => s with { Rows = [.. s.Rows.Where(r => r.Cells.Any(c => !string.IsNullOrEmpty(c.Text)))] }).Where(s => s.Rows.Count > 0)];
    }

    /// <summary>Whether a smaller value of a metric is the better one: the gate says it, or its name.</summary>
    internal static bool LessIsBetter(string metric, ValidationGate? gate) =>
        gate?.Metrics.FirstOrDefault(b => b.Metric == metric) is { } bound && (bound.LowerIsBetter || bound.Min is not null || bound.Tolerance is not null || bound.Max is not null)
            ? bound.LowerIsBetter || (bound.Min is null && bound.Tolerance is null)
            : RunColumns.LessIsBetter(metric);

    private static IReadOnlyList<VersionRow> Rows(IReadOnlyList<ModelVersion> versions, Func<ModelVersion, IEnumerable<(string Name, VersionCell Cell)>> cells, Func<ModelVersion, bool>? hides = null, bool sorted = true)
    {
        var byColumn = versions.Select(v => cells(v).DistinctBy(x => x.Name).ToDictionary(x => x.Name, x => x.Cell)).ToList();
        var names = byColumn.SelectMany(c => c.Keys).Distinct();
        return [.. (sorted ? names.Order(StringComparer.Ordinal) : names).Select(name => new VersionRow(name, [.. byColumn.Select((c, i) => hides?.Invoke(versions[i]) == true ? hidden : c.GetValueOrDefault(name) ?? nothing)]))];
    }

    /// <summary>The best value and how far each is from the first version's.</summary>
    private static VersionRow Measured(VersionRow row, IReadOnlyList<ModelVersion> versions, ValidationGate? gate)
    {
        var values = versions.Select(v => v.Metrics.TryGetValue(row.Name, out var value) && double.IsFinite(value) ? (double?)value : null).ToList();
        var less = LessIsBetter(row.Name, gate);
        var known = values.OfType<double>().Distinct().ToList();
        var best = known.Count < 2 ? (double?)null : less ? known.Min() : known.Max();
        return row with
        {
            Cells = [.. row.Cells.Select((cell, i) => values[i] is not { } value ? cell : cell with
            {
                IsBest = value == best,
                Note = i == 0 || values[0] is not { } first || value == first ? null : $"{(value > first ? "+" : "")}{Formats.Number(value - first)}",
                NoteTone = values[0] is { } from && value < from == less ? Tone.Good : Tone.Bad,
            })],
        };
    }

    /// <summary>Inputs or outputs in the order of the versions, with what each version changed of the first one's.</summary>
    private static IReadOnlyList<VersionRow> Specs(IReadOnlyList<ModelVersion> versions, Func<ModelSignature, IReadOnlyList<TensorSpec>> side, bool isInput)
    {
        var first = versions.Count > 0 ? versions[0].Signature : null;
        return [.. Rows(versions, v => v.Signature is { } s ? side(s).Select(x => (x.Name, new VersionCell(Spec(x)))) : [], sorted: false).Select(row => row with
        {
            Cells = [.. row.Cells.Select((cell, i) => i == 0 || first is null || versions[i].Signature is not { } own ? cell : Noted(cell, row.Cells[0], isInput && side(own).Any(x => x.Name == row.Name && !x.Optional)))],
        })];
    }

    private static VersionCell Noted(VersionCell cell, VersionCell first, bool isRequired) => (first.Text, cell.Text) switch
    {
        (null, not null) => cell with { Note = isRequired ? "new, required" : "new", NoteTone = isRequired ? Tone.Warn : Tone.Good },
        (not null, null) => cell with { Note = "gone", NoteTone = Tone.Bad },
        var (a, b) when a != b => cell with { Note = "changed", NoteTone = Tone.Warn },
        _ => cell,
    };

    private static string Spec(TensorSpec spec) =>
        $"{spec.Datatype} [{string.Join(", ", spec.Shape)}]{(spec.Optional ? ", optional" : "")}{(spec.Values is { Count: > 0 } values ? $", one of {string.Join(", ", values)}" : "")}";

    private static (string, VersionCell) Source(string reference) => reference.LastIndexOf('@') is var at and > 0 ? (reference[..at], new($"version {reference[(at + 1)..]}")) : (reference, new("any version"));
}
