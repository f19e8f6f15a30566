namespace Dowel.Web.Pages.Experiments;

/// <summary>What may stand at the caret of a filter.</summary>
/// <param name="Start">Where the word begins that it replaces.</param>
/// <param name="Items">The words.</param>
/// <param name="ValueOf">The param or tag whose values may stand there, such as <c>params.model</c>; null for none.</param>
internal sealed record FilterCompletion(int Start, IReadOnlyList<CompletionItem> Items, string? ValueOf = null)
{
    private const int Most = 12;
    private static readonly string[] comparisons = ["=", "!=", ">", ">=", "<", "<="];
    private static readonly string[] textComparisons = ["=", "!=", "LIKE", "ILIKE", "IN (", "IS NULL", "IS NOT NULL"];
    private static readonly string[] attributes = ["status", "run_name", "start_time", "end_time", "user_id", "run_id"];
    private static readonly string[] datasets = ["dataset.name", "dataset.digest", "dataset.context"];
    private static readonly FilterCompletion none = new(0, []);

    /// <summary>Reads the filter up to the caret: a field, a comparison, a value, AND, and again.</summary>
    public static FilterCompletion At(string text, int caret, LoggedNames names, Func<string, IReadOnlyList<string>>? values = null)
    {
        var before = text[..Math.Clamp(caret, 0, text.Length)];
        var at = 0;
        while (true)
        {
            var start = Skip(before, at);
            at = WordEnd(before, start, c => char.IsWhiteSpace(c) || "=!<>(),".Contains(c));
            if (at == before.Length) return new(start, Fields(before[start..], names));
            var field = before[start..at];

            start = Skip(before, at);
            if (start == before.Length || char.IsLetter(before[start]))
            {
                at = OperatorEnd(before, start, out var word);
                if (word is null) return new(start, Starting(before[start..], Comparisons(field), ""));
                if (word is "IS NULL" or "IS NOT NULL") goto conjunction;
                if (word.EndsWith("IN", StringComparison.Ordinal))
                {
                    var close = before.IndexOf(')', at);
                    if (close < 0)
                    {
                        var item = Skip(before, Math.Max(before.LastIndexOfAny(['(', ',']), at - 1) + 1);
                        return new(item, Values(before[item..], field, values), Valued(field));
                    }
                    at = close + 1;
                    goto conjunction;
                }
            }
            else
            {
                at = WordEnd(before, start, c => !"=!<>".Contains(c));
                if (at == start) return none;
            }

            start = Skip(before, at);
            at = WordEnd(before, start, char.IsWhiteSpace);
            if (at == before.Length) return new(start, Values(before[start..], field, values), Valued(field));

        conjunction:
            start = Skip(before, at);
            at = WordEnd(before, start, char.IsWhiteSpace);
            if (at == before.Length) return start == 0 ? none : new(start, Starting(before[start..], ["AND"], "another comparison"));
        }
    }

    /// <summary>A key as a filter writes it.</summary>
    public static string Quoted(string prefix, string key) => key.All(c => char.IsLetterOrDigit(c) || c is '_' or '.' or '-' or '/' or ':') ? $"{prefix}.{key}" : $"{prefix}.`{key}`";

    /// <summary>A text as a filter writes it.</summary>
    public static string Text(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private static IReadOnlyList<CompletionItem> Fields(string typed, LoggedNames names)
    {
        var all = names.Metrics.Select(m => new CompletionItem(Quoted("metrics", m.Name), "metric"))
            .Concat(names.Params.Select(p => new CompletionItem(Quoted("params", p.Name), "param")))
            .Concat(attributes.Select(a => new CompletionItem(a, "attribute")))
            .Concat(names.Tags.Select(t => new CompletionItem(Quoted("tags", t.Name), "tag")))
            .Concat(datasets.Select(d => new CompletionItem(d, "dataset input")));
        var found = all.Where(f => f.Text.Contains(typed, StringComparison.OrdinalIgnoreCase) && f.Text != typed)
            .OrderBy(f => !f.Text.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).ThenBy(f => !f.Text.Contains("." + typed, StringComparison.OrdinalIgnoreCase)).Take(Most).ToList();
        // A word alone is what people type who look for a name.
        if (typed.Length > 1 && !typed.Contains('.', StringComparison.Ordinal)) found.Add(new($"run_name ILIKE {Text($"%{typed}%")}", "names with it"));
        return found;
    }

    private static IReadOnlyList<CompletionItem> Values(string typed, string field, Func<string, IReadOnlyList<string>>? values)
    {
        IEnumerable<string> texts = field is "status" or "attributes.status" ? Enum.GetNames<RunStatus>().Select(s => s.ToUpperInvariant()) : Valued(field) is { } of && values is not null ? values(of) : [];
        return Starting(typed, [.. texts.Select(Text)], "");
    }

    private static IReadOnlyList<CompletionItem> Starting(string typed, IReadOnlyList<string> words, string note) =>
        [.. words.Where(w => w.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && w != typed).Take(Most).Select(w => new CompletionItem(w, note))];

    private static string[] Comparisons(string field) => field.StartsWith("metric", StringComparison.OrdinalIgnoreCase) || field is "start_time" or "end_time" ? comparisons : textComparisons;

    /// <summary>The name under which the API groups by this field.</summary>
    private static string? Valued(string field)
    {
        var dot = field.IndexOf('.', StringComparison.Ordinal);
        var kind = dot < 0 ? "" : field[..dot] switch { "params" or "param" => "params", "tags" or "tag" => "tags", _ => "" };
        return kind.Length == 0 ? null : $"{kind}.{field[(dot + 1)..].Trim('`', '"')}";
    }

    private static int OperatorEnd(string text, int start, out string? word)
    {
        foreach (var known in (string[])["IS NOT NULL", "IS NULL", "NOT IN", "ILIKE", "LIKE", "IN"])
        {
            var end = start + known.Length;
            if (end >= text.Length || !text.AsSpan(start, known.Length).Equals(known, StringComparison.OrdinalIgnoreCase) || char.IsLetterOrDigit(text[end])) continue;
            word = known;
            return end;
        }
        word = null;
        return text.Length;
    }

    private static int Skip(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at;
    }

    /// <summary>The end of a word; what stands in quotes belongs to it.</summary>
    private static int WordEnd(string text, int at, Func<char, bool> ends)
    {
        var quote = '\0';
        for (; at < text.Length; at++)
        {
            if (quote != '\0') quote = text[at] == quote ? '\0' : quote;
            else if (ends(text[at])) break;
            else if (text[at] is '\'' or '"' or '`') quote = text[at];
        }
        return at;
    }
}

/// <summary>A word that may stand at the caret.</summary>
/// <param name="Text">The word.</param>
/// <param name="Note">What it is.</param>
internal sealed record CompletionItem(string Text, string Note);
