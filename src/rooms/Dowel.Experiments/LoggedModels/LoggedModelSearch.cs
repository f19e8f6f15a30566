using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Runs;
using Dowel.Experiments.Search;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.LoggedModels;

/// <summary>What is searched for.</summary>
internal sealed record LoggedModelSearchSpec(IReadOnlyList<string> Experiments, string? Filter, IReadOnlyList<ModelDataset> Datasets, IReadOnlyList<ModelOrder> Order, int Limit, string? Token);

/// <summary>The dataset on which a metric counts; an empty digest is any.</summary>
internal sealed record ModelDataset(string Name, string Digest);

/// <summary>One term of an order: an attribute, or <c>metrics.KEY</c>, on a dataset if it names one.</summary>
internal sealed record ModelOrder(string Field, bool Descending, ModelDataset Dataset);

/// <summary>A page of logged models.</summary>
internal sealed record LoggedModelPage(IReadOnlyList<LoggedModel> Models, string? NextToken);

/// <summary>Searches logged models, filtered and sorted by the database. By a metric, models with a value come first, then those with NaN, then those without.</summary>
internal sealed class LoggedModelSearch(IDb db, RunDirectory directory)
{
    private const int MostExperiments = 10_000;
    private const int MostTerms = 20;

    public async Task<Result<LoggedModelPage>> SearchAsync(LoggedModelSearchSpec spec, CancellationToken cancellationToken)
    {
        if (!FilterParser.Parse(spec.Filter).TryGet(out var clauses, out var failure)) return failure;
        if (spec.Datasets.Count > MostTerms || spec.Order.Count > MostTerms) return Failure.Invalid("order_by", $"{Math.Max(spec.Datasets.Count, spec.Order.Count)} terms", $"at most {MostTerms}");
        if (spec.Experiments.Count > MostExperiments) return Failure.Invalid("experiment_ids", $"{spec.Experiments.Count} experiments", $"at most {MostExperiments}");
        var search = Digest(spec);
        if (!TryRead(spec.Token, search, out var offset)) return Failure.Invalid("page_token", spec.Token, "the token of the page before, with the same search: Invalid page token");
        var experiments = new List<long>();
        foreach (var id in spec.Experiments.Distinct())
            if (await directory.NumberAsync(id, cancellationToken) is not 0 and var no) experiments.Add(no);
        if (experiments.Count == 0) return new LoggedModelPage([], null);
        try
        {
            return await db.ReadAsync(async s =>
            {
                var sql = new SearchSql(s.Engine);
                var rows = await s.QueryAsync<LoggedModelRow>($"{Statement(sql, spec, clauses, experiments)} LIMIT {spec.Limit + 1} OFFSET {offset}", sql.Args);
                var models = await LoggedModel.ReadAsync(s, [.. rows.Take(spec.Limit)]);
                return new LoggedModelPage(models, rows.Count > spec.Limit ? Token(search, offset + spec.Limit) : null);
            }, cancellationToken);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    private static string Statement(SearchSql sql, LoggedModelSearchSpec spec, IReadOnlyList<FilterClause> clauses, IReadOnlyList<long> experiments)
    {
        var where = new StringBuilder($"m.experiment_no IN {sql.Arg(experiments.ToArray())} AND m.deleted_at IS NULL");
        var datasets = spec.Datasets.Count == 0 ? "" : $" AND ({string.Join(" OR ", spec.Datasets.Select(d => $"({On(sql, "v", d)[5..]})"))})";
        foreach (var clause in clauses) where.Append(" AND ").Append(LoggedModelFields.Condition(sql, clause, datasets));
        if (datasets.Length > 0 && !clauses.Any(c => c.Field.Kind == FieldKind.Metric)) where.Append($" AND EXISTS (SELECT 1 FROM experiments_model_metrics v WHERE v.model_no = m.no{datasets})");

        var joins = new StringBuilder();
        var terms = new List<string>();
        foreach (var term in spec.Order)
        {
            var way = term.Descending ? "DESC" : "ASC";
            if (term.Field.StartsWith("metrics.", StringComparison.Ordinal))
            {
                // The newest value of the metric, on the dataset if one is named.
                var (o, name) = ($"o{terms.Count}", sql.Arg(term.Field["metrics.".Length..].Trim('`')));
                const string key = "{0}.at, {0}.step, {0}.run_id, {0}.dataset_name, {0}.dataset_digest";
                joins.Append($"""
                     LEFT JOIN experiments_model_metrics {o} ON {o}.model_no = m.no AND {o}.name = {name} AND ({key.Replace("{0}", o)}) =
                        (SELECT {key.Replace("{0}", "n")} FROM experiments_model_metrics n WHERE n.model_no = m.no AND n.name = {name}{On(sql, "n", term.Dataset)}
                         ORDER BY n.at DESC, n.step DESC, n.run_id DESC, n.dataset_name DESC, n.dataset_digest DESC LIMIT 1)
                    """);
                terms.Add($"CASE WHEN {o}.value IS NULL THEN 2 WHEN {o}.is_nan = 1 THEN 1 ELSE 0 END, {o}.value {way}");
            }
            else if (term.Field.Contains('.'))
            {
                throw new FailureException(new Failure(ErrorCodes.Invalid, $"Invalid order by field name: {term.Field}. Only metrics are supported.", new FieldError("order_by", term.Field, "metrics.KEY, or an attribute")));
            }
            else
            {
                terms.Add($"{LoggedModelFields.SortColumn(term.Field)} {way}");
            }
        }
        terms.Add("m.created_at DESC, m.id DESC");
        return $"SELECT {LoggedModelRow.Columns} FROM {LoggedModelRow.From}{joins} WHERE {where} ORDER BY {string.Join(", ", terms)}";
    }

    private static string On(SearchSql sql, string table, ModelDataset dataset)
        => (dataset.Name.Length > 0 ? $" AND {table}.dataset_name = {sql.Arg(dataset.Name)}" : "") + (dataset.Digest.Length > 0 ? $" AND {table}.dataset_digest = {sql.Arg(dataset.Digest)}" : "");

    // A token goes on with the search that it was made for, and no other.
    private static string Digest(LoggedModelSearchSpec spec)
        => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { spec.Experiments, spec.Filter, spec.Datasets, spec.Order })).AsSpan(0, 8));

    private static string Token(string search, long offset) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(FormattableString.Invariant($"{search}:{offset}")));

    private static bool TryRead(string? token, string search, out long offset)
    {
        offset = 0;
        if (string.IsNullOrEmpty(token)) return true;
        if (token.Length > 100 || !Base64Url.IsValid(token)) return false;
        return Encoding.ASCII.GetString(Base64Url.DecodeFromChars(token)).Split(':') is [var of, var at] && of == search && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }
}
