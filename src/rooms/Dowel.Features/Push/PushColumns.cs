using Dowel.Contracts;
using Dowel.Features.Views;
using Dowel.Kernel.Results;

namespace Dowel.Features.Push;

/// <summary>Which column of a push is what.</summary>
internal sealed class PushColumns
{
    private const int KeyRole = -1;
    private const int TimestampRole = -2;
    private readonly ViewSchema _schema;
    private readonly int[] _roles;
    private readonly int[] _absent;
    private readonly Cell[] _row;

    private PushColumns(ViewSchema schema, IReadOnlyList<string> names, int[] roles)
    {
        (_schema, Names, _roles) = (schema, names, roles);
        _absent = [.. Enumerable.Range(0, schema.Features.Count).Except(roles)];
        _row = new Cell[names.Count];
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Fits the columns to the view's schema. Features without a column are missing in every row; a column that the view does not know is refused.</summary>
    public static Result<PushColumns> Create(ViewSchema schema, IReadOnlyList<string> names)
    {
        var roles = new int[names.Count];
        var errors = new List<FieldError>();
        for (var i = 0; i < names.Count; i++)
        {
            roles[i] = names[i] == schema.Entity.Name ? KeyRole : names[i] == schema.TimestampField ? TimestampRole : schema.IndexOf(names[i]);
            if (roles[i] == -1 && names[i] != schema.Entity.Name) errors.Add(new($"columns[{i}]", names[i], $"a column of the view: {Known(schema)}"));
        }
        if (errors.Count > 0) return new Failure(ErrorCodes.SchemaMismatch, $"The view has no {(errors.Count == 1 ? "column" : "columns")} {string.Join(", ", errors.Take(10).Select(e => $"'{e.Given}'"))}.", [.. errors.Take(100)]);
        if (roles.GroupBy(r => r).FirstOrDefault(g => g.Count() > 1) is { } twice)
            return Mismatch("columns", names[Array.IndexOf(roles, twice.Key)], "each column once", $"The column '{names[Array.IndexOf(roles, twice.Key)]}' stands there twice.");
        if (!roles.Contains(KeyRole)) return Mismatch("columns", null, $"the entity column '{schema.Entity.Name}'", $"The entity column '{schema.Entity.Name}' is missing.");
        if (!roles.Contains(TimestampRole)) return Mismatch("columns", null, $"the timestamp column '{schema.TimestampField}'", $"The timestamp column '{schema.TimestampField}' is missing.");
        return new PushColumns(schema, names, roles);
    }

    /// <summary>Takes a value as JSON gives it; false where it does not fit.</summary>
    public bool TrySet(int column, object? value)
    {
        if (_roles[column] == TimestampRole) return value is string text && SetTime(column, text);
        var ok = Cell.TryFromJson(TypeOf(column), value, out _row[column]);
        return ok && (_roles[column] != KeyRole || IsKey(_row[column]));
    }

    /// <summary>Takes a field of CSV; false where it does not fit.</summary>
    public bool TrySet(int column, ReadOnlySpan<char> field, bool quoted)
    {
        if (_roles[column] == TimestampRole) return SetTime(column, field);
        var ok = Cell.TryFromCsv(TypeOf(column), field, quoted, out _row[column]);
        return ok && (_roles[column] != KeyRole || IsKey(_row[column]));
    }

    /// <summary>What would have fitted the column.</summary>
    public string Expected(int column) => _roles[column] switch
    {
        TimestampRole => EventTime.Expected,
        KeyRole => _schema.KeyType == FeatureType.Int64 ? "an int64, never missing" : $"a text of at most {Online.OnlineKeys.MaxText} bytes, never missing or empty",
        _ => $"a {_schema.Features[_roles[column]].Type}, or nothing",
    };

    /// <summary>Adds the row that was set.</summary>
    public void Commit(RowBatch batch)
    {
        for (var i = 0; i < _roles.Length; i++)
        {
            if (_roles[i] == KeyRole) batch.AddKey(_row[i]);
            else if (_roles[i] == TimestampRole) batch.Timestamps.Add(_row[i].Bits);
            else batch.Columns[_roles[i]].Add(_row[i]);
        }
        foreach (var feature in _absent) batch.Columns[feature].Add(Cell.Missing);
    }

    private FeatureType TypeOf(int column) => _roles[column] == KeyRole ? _schema.KeyType : _schema.Types[_roles[column]];

    private bool SetTime(int column, ReadOnlySpan<char> text)
    {
        var ok = EventTime.TryParse(text, out var micros);
        _row[column] = Cell.Of(micros);
        return ok;
    }

    private static bool IsKey(Cell key) => !key.IsMissing && (key.Text is null || (key.Text.Length > 0 && System.Text.Encoding.UTF8.GetByteCount(key.Text) <= Online.OnlineKeys.MaxText));

    private static string Known(ViewSchema schema)
    {
        var names = schema.Features.Select(f => f.Name).Prepend(schema.TimestampField).Prepend(schema.Entity.Name).ToList();
        return string.Join(", ", names.Take(50)) + (names.Count > 50 ? $" and {names.Count - 50} more" : "");
    }

    private static Failure Mismatch(string field, string? given, string expected, string detail) => new(ErrorCodes.SchemaMismatch, detail, new FieldError(field, given, expected));
}
