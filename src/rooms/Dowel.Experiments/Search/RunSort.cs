using Dowel.Kernel.Filters;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Search;

/// <summary>Reads the order of the native list: <c>-metrics.auc,name</c>. No name has a comma in it.</summary>
internal static class RunSort
{
    private const int MostTerms = 5;

    public static Result<IReadOnlyList<OrderTerm>> Parse(string? sort)
    {
        var terms = new List<OrderTerm>();
        foreach (var text in (string.IsNullOrEmpty(sort) ? "-started" : sort).Split(','))
        {
            if (terms.Count == MostTerms || Field(text.TrimStart('-')) is not { } field || terms.Any(t => t.Field == field))
                return Failure.Invalid("sort", sort, $"up to {MostTerms} of started, ended, name, status, user, metrics.KEY, params.KEY, tags.KEY, each once, with '-' before it for descending and commas between them");
            terms.Add(new OrderTerm(field, text.StartsWith('-')));
        }
        return terms;
    }

    /// <summary>A name of the native API; null where it is none.</summary>
    public static FieldName? Field(string name)
    {
        FieldName? field = name switch
        {
            "started" => new(FieldKind.Attribute, "start_time"),
            "ended" => new(FieldKind.Attribute, "end_time"),
            "name" => new(FieldKind.Attribute, "run_name"),
            "status" => new(FieldKind.Attribute, "status"),
            "user" => new(FieldKind.Attribute, "user_id"),
            _ when name.StartsWith("metrics.", StringComparison.Ordinal) => new(FieldKind.Metric, name["metrics.".Length..]),
            _ when name.StartsWith("params.", StringComparison.Ordinal) => new(FieldKind.Param, name["params.".Length..]),
            _ when name.StartsWith("tags.", StringComparison.Ordinal) => new(FieldKind.Tag, name["tags.".Length..]),
            _ => null,
        };
        return field is null || field.Key.Contains('\0') ? null : field;
    }
}
