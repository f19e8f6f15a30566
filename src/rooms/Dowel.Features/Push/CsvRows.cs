using System.Buffers;
using System.Text;
using Dowel.Contracts;
using Dowel.Features.Views;
using Dowel.Kernel.Results;

namespace Dowel.Features.Push;

/// <summary>
/// Rows from CSV (RFC 4180; the separator is a comma, semicolon or tab), parsed as the body comes in. The view says the types, so nothing is guessed:
/// "007" stays text in a text feature. Blank lines are skipped.
/// </summary>
internal sealed class CsvRows(ViewSchema schema, int maxRows)
{
    private readonly List<string> _header = [];
    private readonly RowBatch _batch = new(schema);
    private char[] _field = new char[256];
    private int _length;
    private PushColumns? _columns;
    private Failure? _failure;
    private char _separator;
    private int _column;
    private long _line = 1;
    private State _state = State.Start;
    private bool _quoted;

    private enum State
    {
        Start,
        Plain,
        Quoted,
        /// <summary>A quote within quoted text: its end, or the first of two.</summary>
        Quote,
    }

    /// <param name="schema">The view.</param>
    /// <param name="body">The text, UTF-8.</param>
    /// <param name="maxBytes">More is refused.</param>
    /// <param name="maxRows">More are refused.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Result<RowBatch>> ReadAsync(ViewSchema schema, Stream body, long maxBytes, int maxRows, CancellationToken cancellationToken)
    {
        var parser = new CsvRows(schema, maxRows);
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        var bytes = ArrayPool<byte>.Shared.Rent(1 << 16);
        var chars = ArrayPool<char>.Shared.Rent((1 << 16) + 1);
        try
        {
            long total = 0;
            for (int read; (read = await body.ReadAsync(bytes.AsMemory(0, 1 << 16), cancellationToken)) > 0;)
            {
                total += read;
                if (total > maxBytes) return new Failure(ErrorCodes.TooLarge, $"A push takes at most {maxBytes} bytes.");
                var count = decoder.GetChars(bytes.AsSpan(0, read), chars, flush: false);
                if (!parser.Feed(chars.AsSpan(0, count), first: total == read)) return parser._failure!;
            }
            decoder.GetChars([], chars, flush: true);
            return parser.Finish();
        }
        catch (DecoderFallbackException)
        {
            return new Failure(ErrorCodes.Malformed, $"Line {parser._line} or one soon after it is not UTF-8 text.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    private bool Feed(ReadOnlySpan<char> text, bool first)
    {
        if (first)
        {
            if (text is ['\uFEFF', ..]) text = text[1..];
            _separator = Separator(text);
        }
        foreach (var c in text)
            if (!Next(c)) return false;
        return true;
    }

    private bool Next(char c)
    {
        if (c == '\0') return Fail($"Line {_line} holds a NUL character.");
        switch (_state)
        {
            case State.Quoted:
                if (c == '"') _state = State.Quote;
                else
                {
                    if (c == '\n') _line++;
                    return Append(c);
                }
                return true;
            case State.Quote when c == '"':
                _state = State.Quoted;
                return Append(c);
            case State.Quote when c != _separator && c is not ('\n' or '\r'):
                return Fail($"Line {_line}: there is text after a closing quote.");
            case State.Start when c == '"':
                (_state, _quoted) = (State.Quoted, true);
                return true;
            default:
                if (c == _separator) return EndField();
                if (c == '\n') return EndLine();
                if (c == '\r' && _state == State.Quote) return true;
                _state = _state == State.Quote ? State.Quote : State.Plain;
                return Append(c);
        }
    }

    private bool EndLine()
    {
        if (!_quoted && _length > 0 && _field[_length - 1] == '\r') _length--;
        if (_column == 0 && _length == 0 && !_quoted)
        {
            _state = State.Start;
            _line++;
            return true;
        }
        if (!EndField()) return false;
        if (_columns is null)
        {
            if (!PushColumns.Create(schema, _header).TryGet(out _columns, out _failure)) return false;
        }
        else
        {
            if (_column != _columns.Names.Count) return Ragged();
            if (_batch.Count == maxRows)
            {
                _failure = new Failure(ErrorCodes.TooLarge, $"A push to this view takes at most {maxRows} rows.");
                return false;
            }
            _columns.Commit(_batch);
        }
        _column = 0;
        _line++;
        return true;
    }

    private bool EndField()
    {
        var field = _field.AsSpan(0, _length);
        if (_columns is null) _header.Add(field.Trim().ToString());
        else if (_column >= _columns.Names.Count) return Ragged();
        else if (!_columns.TrySet(_column, field, _quoted))
        {
            var given = field.Length > 200 ? string.Concat(field[..200], "…") : field.ToString();
            var (name, expected) = (_columns.Names[_column], _columns.Expected(_column));
            _failure = new Failure(ErrorCodes.SchemaMismatch, $"Line {_line}, column '{name}': given {(given.Length == 0 ? "nothing" : $"'{given}'")}, expected {expected}.", new FieldError($"line {_line}, {name}", given, expected));
            return false;
        }
        _column++;
        (_length, _quoted, _state) = (0, false, State.Start);
        return true;
    }

    private Result<RowBatch> Finish()
    {
        if (_failure is not null) return _failure;
        if (_state == State.Quoted) return new Failure(ErrorCodes.Malformed, "The last quoted text does not end.");
        if ((_column > 0 || _length > 0 || _quoted) && !EndLine()) return _failure!;
        if (_columns is null) return new Failure(ErrorCodes.Malformed, "The body is empty; it must be CSV with a header line.");
        return _batch.Count == 0 ? Failure.Invalid("rows", "no rows", "at least one row") : _batch;
    }

    private bool Append(char c)
    {
        if (_length == Cell.MaxText) return Fail($"Line {_line}: a field is longer than {Cell.MaxText} characters.");
        if (_length == _field.Length) Array.Resize(ref _field, _field.Length * 2);
        _field[_length++] = c;
        return true;
    }

    private bool Ragged() => Fail($"Line {_line} has {(_column >= _columns!.Names.Count ? "more" : "fewer")} fields than the header, which names {_columns.Names.Count} columns.");

    private bool Fail(string detail)
    {
        _failure = new Failure(ErrorCodes.Malformed, detail);
        return false;
    }

    /// <summary>The separator that occurs most in the header. Column names hold none of them.</summary>
    private static char Separator(ReadOnlySpan<char> text)
    {
        var end = text.IndexOf('\n');
        var header = end < 0 ? text : text[..end];
        var (best, most) = (',', header.Count(','));
        foreach (var other in ";\t")
            if (header.Count(other) > most) (best, most) = (other, header.Count(other));
        return best;
    }
}
