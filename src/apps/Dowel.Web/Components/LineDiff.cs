using DiffPlex;
using DiffPlex.Chunkers;

namespace Dowel.Web.Components;

/// <summary>One line of a comparison.</summary>
/// <param name="Change">'+' where it is new, '-' where it is gone, ' ' where it stayed.</param>
/// <param name="Text">The line.</param>
/// <param name="Parts">Its parts, where it took the place of a line that was much like it; null for a line that changed as a whole, or not at all.</param>
public readonly record struct DiffLine(char Change, string Text, IReadOnlyList<DiffPart>? Parts = null);

/// <summary>A part of a line.</summary>
/// <param name="Text">The words.</param>
/// <param name="Changed">Whether the other line has others instead.</param>
public readonly record struct DiffPart(string Text, bool Changed);

/// <summary>Compares two texts line by line, and lines that took each other's place word by word.</summary>
public static class LineDiff
{
    // The effort grows with the square of what differs; beyond this, texts are shown as replaced.
    private const int MostLines = 8000, MostCharacters = 8000;

    /// <summary>The lines of both, in order.</summary>
    public static IReadOnlyList<DiffLine> Of(string? before, string? after)
    {
        var (old, @new) = (Lines(before), Lines(after));
        var lines = new List<DiffLine>();
        if (old.Length == 0 || @new.Length == 0 || old.Length + @new.Length > MostLines)
        {
            AddBlock(lines, old, @new);
            return lines;
        }
        var result = Differ.Instance.CreateDiffs(string.Join('\n', old), string.Join('\n', @new), false, false, LineChunker.Instance);
        var at = 0;
        foreach (var block in result.DiffBlocks)
        {
            AddStayed(lines, old[at..block.DeleteStartA]);
            at = block.DeleteStartA + block.DeleteCountA;
            AddBlock(lines, old[block.DeleteStartA..at], @new[block.InsertStartB..(block.InsertStartB + block.InsertCountB)]);
        }
        AddStayed(lines, old[at..]);
        return lines;
    }

    /// <summary>The same for texts that are lines already.</summary>
    public static IReadOnlyList<DiffLine> Of(IReadOnlyList<string> before, IReadOnlyList<string> after) => Of(string.Join('\n', before), string.Join('\n', after));

    private static void AddStayed(List<DiffLine> lines, string[] stayed) => lines.AddRange(stayed.Select(l => new DiffLine(' ', l)));

    private static void AddBlock(List<DiffLine> lines, string[] old, string[] @new)
    {
        var pairs = old.Length + @new.Length > MostLines ? [] : old.Zip(@new, Words).ToList();
        lines.AddRange(old.Select((l, i) => new DiffLine('-', l, i < pairs.Count ? pairs[i]?.Old : null)));
        lines.AddRange(@new.Select((l, i) => new DiffLine('+', l, i < pairs.Count ? pairs[i]?.New : null)));
    }

    /// <summary>Two lines by their words; null where they have little in common.</summary>
    private static (IReadOnlyList<DiffPart> Old, IReadOnlyList<DiffPart> New)? Words(string before, string after)
    {
        if (before.Length == 0 || after.Length == 0 || before.Length + after.Length > MostCharacters) return null;
        var result = Differ.Instance.CreateDiffs(before, after, false, false, WordChunker.Instance);
        var (old, @new) = (new bool[result.PiecesOld.Count], new bool[result.PiecesNew.Count]);
        foreach (var block in result.DiffBlocks)
        {
            Array.Fill(old, true, block.DeleteStartA, block.DeleteCountA);
            Array.Fill(@new, true, block.InsertStartB, block.InsertCountB);
        }
        var same = result.PiecesOld.Where((p, i) => !old[i] && !string.IsNullOrWhiteSpace(p)).Sum(p => p.Length);
        return same * 3 < Math.Max(before.Length, after.Length) ? null : (Parts(result.PiecesOld, old), Parts(result.PiecesNew, @new));
    }

    private static IReadOnlyList<DiffPart> Parts(IReadOnlyList<string> pieces, bool[] changed)
    {
        var parts = new List<DiffPart>();
        for (var i = 0; i < pieces.Count; i++)
        {
            if (parts.Count > 0 && parts[^1].Changed == changed[i]) parts[^1] = parts[^1] with { Text = parts[^1].Text + pieces[i] };
            else parts.Add(new(pieces[i], changed[i]));
        }
        return parts;
    }

    private static string[] Lines(string? text) => string.IsNullOrEmpty(text) ? [] : text.ReplaceLineEndings("\n").Split('\n');
}
