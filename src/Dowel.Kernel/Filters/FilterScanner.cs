using System.Text;

namespace Dowel.Kernel.Filters;

/// <summary>Walks over a filter's text.</summary>
internal sealed class FilterScanner(string text)
{
    public int Position { get; private set; }

    public bool AtEnd
    {
        get
        {
            SkipSpace();
            return Position == text.Length;
        }
    }

    private char Current => Position < text.Length ? text[Position] : '\0';

    public FilterSyntaxException Error(string expected) => new(Position, expected);

    public void SkipSpace()
    {
        while (char.IsWhiteSpace(Current)) Position++;
    }

    public bool TryChar(char c)
    {
        if (Current != c || Position == text.Length) return false;
        Position++;
        return true;
    }

    /// <summary>A keyword, in any case, that is not the beginning of a longer word.</summary>
    public bool TryWord(string word)
    {
        SkipSpace();
        var end = Position + word.Length;
        if (end > text.Length || !text.AsSpan(Position, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase) || (end < text.Length && IsWordChar(text[end]))) return false;
        Position = end;
        return true;
    }

    /// <summary>A name without dots, or null.</summary>
    public string? Identifier() => While(IsWordChar);

    /// <summary>A key as it may stand unquoted: with dots, dashes and slashes.</summary>
    public string? Key() => While(c => IsWordChar(c) || c is '.' or '-' or '/' or ':');

    /// <summary>A text in quotes or backticks; the quote doubled stands for itself.</summary>
    public bool TryQuoted(out string value)
    {
        var quote = Current;
        if (quote is not ('\'' or '"' or '`'))
        {
            value = "";
            return false;
        }
        var start = Position++;
        var result = new StringBuilder();
        for (; Position < text.Length; Position++)
        {
            if (text[Position] != quote)
            {
                result.Append(text[Position]);
                continue;
            }
            if (Position + 1 < text.Length && text[Position + 1] == quote)
            {
                result.Append(quote);
                Position++;
                continue;
            }
            Position++;
            value = result.ToString();
            return true;
        }
        throw new FilterSyntaxException(start, $"a closing {quote}");
    }

    /// <summary>A number as it is written, or null.</summary>
    public string? Number()
    {
        var start = Position;
        if (Current is '-' or '+') Position++;
        var digits = 0;
        while (char.IsAsciiDigit(Current)) (Position, digits) = (Position + 1, digits + 1);
        if (Current == '.')
        {
            Position++;
            while (char.IsAsciiDigit(Current)) (Position, digits) = (Position + 1, digits + 1);
        }
        if (digits > 0 && Current is 'e' or 'E')
        {
            var back = Position++;
            if (Current is '-' or '+') Position++;
            if (!char.IsAsciiDigit(Current)) Position = back;
            while (char.IsAsciiDigit(Current)) Position++;
        }
        if (digits > 0 && !IsWordChar(Current)) return text[start..Position];
        Position = start;
        return null;
    }

    public FilterOperator Comparison()
    {
        SkipSpace();
        var two = Position + 1 < text.Length ? text.Substring(Position, 2) : "";
        FilterOperator? op = two switch
        {
            "!=" or "<>" => FilterOperator.NotEqual,
            ">=" => FilterOperator.GreaterOrEqual,
            "<=" => FilterOperator.LessOrEqual,
            "==" => FilterOperator.Equal,
            _ => null,
        };
        if (op is { } found)
        {
            Position += 2;
            return found;
        }
        found = Current switch
        {
            '=' => FilterOperator.Equal,
            '<' => FilterOperator.Less,
            '>' => FilterOperator.Greater,
            _ => throw Error("a comparison: =, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN, IS NULL or IS NOT NULL"),
        };
        Position++;
        return found;
    }

    private string? While(Func<char, bool> isPart)
    {
        var start = Position;
        while (Position < text.Length && isPart(text[Position])) Position++;
        return Position > start ? text[start..Position] : null;
    }

    private static bool IsWordChar(char c) => char.IsLetterOrDigit(c) || c == '_';
}

/// <summary>The text is no filter.</summary>
internal sealed class FilterSyntaxException(int position, string expected) : Exception
{
    public int Position { get; } = position;

    public string Expected { get; } = expected;
}
