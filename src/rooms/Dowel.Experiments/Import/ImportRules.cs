using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Experiments.LoggedModels;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Import;

/// <summary>What an import may bring. A call that is malformed is refused whole; a value that cannot be kept is left out and told, for it stands in somebody's old database.</summary>
internal static class ImportRules
{
    public const int MostAtOnce = 1000;
    public const int MostPoints = 10_000;
    private const int ValueLength = 100_000;
    private const int MostTold = 200;

    public static Failure? CheckCount(string field, int count, int most = MostAtOnce)
        => count > most ? Failure.Invalid(field, $"{count} {field}", $"at most {most} a call") : null;

    /// <summary>An id of a thing at the source that becomes its id here.</summary>
    public static Failure? CheckId(string field, string? id, bool isModel)
        => id is not { Length: >= 1 and <= 64 } || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || LoggedModelIds.IsModel(id) != isModel
            ? Failure.Invalid(field, id, isModel ? "the id of a logged model, 'm-' with up to 62 letters and digits" : "the id of a run, up to 64 letters and digits, not beginning with 'm-'") : null;

    public static Failure? CheckVersion(string field, string? version)
        => version is { Length: >= 1 and <= 64 } && !version.Any(char.IsControl) ? null : Failure.Invalid(field, version, "1 to 64 characters");

    public static Failure? CheckText(string field, string? text, int most)
        => text is null || text.Length > most || text.Contains('\0') ? Failure.Invalid(field, text, $"at most {most} characters without the character zero") : null;

    /// <summary>Those values that can be kept, sorted; the others are told.</summary>
    public static List<KeyValuePair<string, string>> Keep(string id, string what, IReadOnlyDictionary<string, string> values, SkipList skipped)
    {
        var kept = new List<KeyValuePair<string, string>>(values.Count);
        foreach (var (key, value) in values)
        {
            if (!LogRules.IsKey(key)) skipped.Add(id, what, key, "the key is none that can be kept");
            else if (value is null || value.Length > ValueLength || value.Contains('\0')) skipped.Add(id, what, key, value?.Length > ValueLength ? $"the value is longer than {ValueLength} characters" : "the value is no text that can be kept");
            else kept.Add(new(key, value));
        }
        kept.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        return kept;
    }

    /// <summary>Microseconds of a time in milliseconds; null where no date has it.</summary>
    public static long? Micros(long millis) => millis is >= -62_135_596_800_000 and <= LogRules.LastInstant / 1000 ? millis * 1000 : null;

    /// <summary>What was left out: all are counted by the caller, the first of them told.</summary>
    internal sealed class SkipList
    {
        public List<ImportSkip> Told { get; } = [];

        public void Add(string id, string what, string key, string why)
        {
            if (Told.Count < MostTold) Told.Add(new ImportSkip(id, what, key.Length > 250 ? SortText.Of(key) + "…" : key, why));
        }
    }
}
