using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Tables;

namespace Dowel.Serving.Batch;

/// <summary>Which columns of a dataset fill a model's inputs, and which are copied to the output.</summary>
internal sealed class BatchColumns
{
    private BatchColumns(IReadOnlyList<InputColumn> inputs, IReadOnlyList<string> kept) => (Inputs, Kept) = (inputs, kept);

    public IReadOnlyList<InputColumn> Inputs { get; }

    public IReadOnlyList<string> Kept { get; }

    /// <summary>Fits a dataset to a model; null for a signature that is not known yet, or one without inputs, takes every column for an input.</summary>
    public static Result<BatchColumns> Fit(ModelSignature? signature, IReadOnlyList<ColumnInfo> columns, BatchPlan plan)
    {
        if (CheckKept(columns, plan.Keep) is { } wrong) return wrong;
        IReadOnlyList<string> kept = plan.Keep is { } names ? [.. names.Select(n => Find(columns, n)!.Name)] : [.. columns.Select(c => c.Name)];
        var chosen = plan.Columns ?? new Dictionary<string, string>();
        foreach (var (input, column) in chosen)
            if (Find(columns, column) is null) return Failure.Invalid($"columns.{input}", column, $"a column of the dataset, which are {Names(columns)}");
        if (signature is not { Inputs.Count: > 0 })
            return new BatchColumns([.. columns.Select(c => new InputColumn(chosen.FirstOrDefault(p => Same(p.Value, c.Name)).Key ?? c.Name, c.Name, KindOf(c.Type)))], kept);

        if (chosen.Keys.FirstOrDefault(i => signature.Inputs.All(s => s.Name != i)) is { } unknown)
            return Failure.Invalid("columns", unknown, $"an input of the model, which are {string.Join(", ", signature.Inputs.Select(i => $"'{i.Name}'"))}");
        var inputs = new List<InputColumn>();
        foreach (var spec in signature.Inputs)
        {
            if (Find(columns, chosen.GetValueOrDefault(spec.Name, spec.Name)) is not { } column)
            {
                if (spec.Optional) continue;
                return Failure.Invalid($"columns.{spec.Name}", null, $"a column '{spec.Name}' in the dataset, or another of it named for this input: {Names(columns)}");
            }
            var kind = KindOf(column.Type);
            if (!Fits(kind, spec.Datatype)) return Failure.Invalid($"columns.{spec.Name}", $"{column.Name} ({column.Type})", $"a column that fits {spec.Datatype}");
            inputs.Add(new(spec.Name, column.Name, kind));
        }
        return new BatchColumns(inputs, kept);
    }

    /// <summary>The name of an output's column; another where a copied column has it already.</summary>
    public string OutputName(string output)
    {
        for (var name = output; ; name = $"predicted_{name}")
            if (!Kept.Any(k => Same(k, name))) return name;
    }

    private static Failure? CheckKept(IReadOnlyList<ColumnInfo> columns, IReadOnlyList<string>? keep)
    {
        if (keep?.FirstOrDefault(k => Find(columns, k) is null) is { } absent) return Failure.Invalid("keep", absent, $"columns of the dataset, which are {Names(columns)}");
        return keep?.GroupBy(k => k, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice ? Failure.Invalid("keep", twice.Key, "each column once") : null;
    }

    // The exact name goes before one that differs in case alone, which no table of ours has beside it.
    private static ColumnInfo? Find(IReadOnlyList<ColumnInfo> columns, string name) => columns.FirstOrDefault(c => c.Name == name) ?? columns.FirstOrDefault(c => Same(c.Name, name));

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static string Names(IReadOnlyList<ColumnInfo> columns) => columns.Count == 0 ? "none" : string.Join(", ", columns.Take(50).Select(c => $"'{c.Name}'")) + (columns.Count > 50 ? ", …" : "");

    private static InputKind KindOf(string type) => type switch
    {
        ColumnTypes.Boolean => InputKind.Boolean,
        ColumnTypes.Int8 or ColumnTypes.Int16 or ColumnTypes.Int32 or ColumnTypes.Int64 or ColumnTypes.UInt8 or ColumnTypes.UInt16 or ColumnTypes.UInt32 => InputKind.Integer,
        ColumnTypes.UInt64 => InputKind.Unsigned,
        ColumnTypes.Float32 => InputKind.Single,
        ColumnTypes.Float64 or ColumnTypes.Decimal or ColumnTypes.BigInt => InputKind.Double,
        ColumnTypes.List => InputKind.Vector,
        _ => InputKind.Text,
    };

    // As the gateway casts: text is no number, and no number is text or true or false.
    private static bool Fits(InputKind kind, string datatype) => datatype switch
    {
        "BYTES" => kind == InputKind.Text,
        "BOOL" => kind == InputKind.Boolean,
        _ => kind != InputKind.Text,
    };
}

/// <summary>An input and the column that fills it.</summary>
/// <param name="Input">Name of the input.</param>
/// <param name="Column">Name of the column.</param>
/// <param name="Kind">What it holds.</param>
internal sealed record InputColumn(string Input, string Column, InputKind Kind)
{
    /// <summary>The SQL that reads it.</summary>
    public string Sql => Kind switch
    {
        InputKind.Integer => $"CAST({Duck.Identifier(Column)} AS BIGINT)",
        InputKind.Double => $"CAST({Duck.Identifier(Column)} AS DOUBLE)",
        InputKind.Text => $"CAST({Duck.Identifier(Column)} AS VARCHAR)",
        InputKind.Vector => $"list_transform(CAST({Duck.Identifier(Column)} AS DOUBLE[]), lambda v: coalesce(v, 'nan'::DOUBLE))",
        _ => Duck.Identifier(Column),
    };
}

/// <summary>What a column holds, as far as tensors tell it apart.</summary>
internal enum InputKind
{
    Boolean,
    Integer,
    Unsigned,
    Single,
    Double,
    Text,
    Vector,
}
