namespace Dowel.Web.Components;

/// <summary>One line of a comparison.</summary>
/// <param name="Change">'+' where it is new, '-' where it is gone, ' ' where it stayed.</param>
/// <param name="Text">The line.</param>
public readonly record struct DiffLine(char Change, string Text);

/// <summary>Compares two texts line by line.</summary>
public static class LineDiff
{
    // The table of the comparison has a cell for each pair of lines; beyond this the middle is shown as replaced.
    private const int MostCells = 4_000_000;

    /// <summary>The lines of both, in order: a longest common subsequence stays.</summary>
    public static IReadOnlyList<DiffLine> Of(string? before, string? after) => Of(Lines(before), Lines(after));

    /// <summary>The same for lines.</summary>
    public static IReadOnlyList<DiffLine> Of(IReadOnlyList<string> before, IReadOnlyList<string> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var (start, oldEnd, newEnd) = (0, before.Count, after.Count);
        while (start < oldEnd && start < newEnd && before[start] == after[start]) start++;
        while (oldEnd > start && newEnd > start && before[oldEnd - 1] == after[newEnd - 1]) (oldEnd, newEnd) = (oldEnd - 1, newEnd - 1);

        var lines = new List<DiffLine>();
        for (var i = 0; i < start; i++) lines.Add(new(' ', before[i]));
        AddMiddle(lines, before, after, start, oldEnd, newEnd);
        for (var i = oldEnd; i < before.Count; i++) lines.Add(new(' ', before[i]));
        return lines;
    }

    private static void AddMiddle(List<DiffLine> lines, IReadOnlyList<string> before, IReadOnlyList<string> after, int start, int oldEnd, int newEnd)
    {
        var (rows, columns) = (oldEnd - start, newEnd - start);
        var common = (long)rows * columns <= MostCells ? Common(before, after, start, rows, columns) : null;
        var (i, j) = (0, 0);
        while (i < rows || j < columns)
        {
            if (common is not null && i < rows && j < columns && before[start + i] == after[start + j])
            {
                lines.Add(new(' ', before[start + i]));
                (i, j) = (i + 1, j + 1);
            }
            else if (i < rows && (j == columns || common is null || common[i + 1, j] >= common[i, j + 1])) lines.Add(new('-', before[start + i++]));
            else lines.Add(new('+', after[start + j++]));
        }
    }

    /// <summary>How many lines the rests have in common, for each pair of beginnings.</summary>
    private static int[,] Common(IReadOnlyList<string> before, IReadOnlyList<string> after, int start, int rows, int columns)
    {
        var common = new int[rows + 1, columns + 1];
        for (var i = rows - 1; i >= 0; i--)
            for (var j = columns - 1; j >= 0; j--)
                common[i, j] = before[start + i] == after[start + j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        return common;
    }

    private static string[] Lines(string? text) => string.IsNullOrEmpty(text) ? [] : text.ReplaceLineEndings("\n").Split('\n');
}
