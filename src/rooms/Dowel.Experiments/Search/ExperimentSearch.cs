using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Search;

/// <summary>An experiment that was found, with where its files are.</summary>
internal sealed record FoundExperiment(Resource Resource, string ArtifactLocation);

/// <summary>A page of experiments.</summary>
internal sealed record ExperimentPage(IReadOnlyList<FoundExperiment> Experiments, string? NextToken);

/// <summary>Searches experiments in MLflow's grammar: name, creation_time, last_update_time and tags. Only what the actor may see.</summary>
internal sealed class ExperimentSearch(IDb db, IResourceService resources)
{
    private static readonly string[] Attributes = ["name", "creation_time", "last_update_time"];

    public async Task<Result<ExperimentPage>> SearchAsync(Actor actor, string? project, LifecycleView view, string? filter, IReadOnlyList<OrderTerm> order, int limit, string? token, CancellationToken cancellationToken)
    {
        if (!FilterParser.Parse(filter).TryGet(out var clauses, out var failure)) return failure;
        if (!TryReadToken(token, out var offset)) return Failure.Invalid("page_token", token, "the token of the page before, with the same search: Invalid page token");
        try
        {
            return await FindAsync(actor, project, view, clauses, order, limit, offset, cancellationToken);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    private async Task<ExperimentPage> FindAsync(Actor actor, string? project, LifecycleView view, IReadOnlyList<FilterClause> clauses, IReadOnlyList<OrderTerm> order, int limit, long offset, CancellationToken cancellationToken)
    {
        var search = resources.SearchFor(actor);
        var sql = new SearchSql(db.Engine);
        sql.Args.AddDynamicParams(search.Args);
        var where = new StringBuilder($"r.kind = 'experiment' AND {search.Visible}");
        if (project is not null) where.Append($" AND p.name = {sql.Arg(project)}");
        if (view != LifecycleView.All) where.Append($" AND r.deleted_at IS {(view == LifecycleView.Active ? "" : "NOT ")}NULL");
        foreach (var clause in clauses) where.Append(" AND ").Append(Condition(sql, clause));
        var terms = order.Select(o => $"{SortColumn(o)} {(o.Descending ? "DESC" : "ASC")}").ToList();
        if (terms.Count == 0) terms = ["r.created_at DESC", "x.no ASC"];
        else if (!order.Any(o => o.Field.Key == "experiment_id")) terms.Add("x.no DESC");
        var found = await db.ReadAsync(s => s.QueryAsync<Row>(
            $"SELECT r.id, x.artifact_location {search.From} JOIN experiments_experiments x ON x.id = r.id WHERE {where} ORDER BY {string.Join(", ", terms)} LIMIT {limit + 1} OFFSET {offset}", sql.Args), cancellationToken);
        var experiments = new List<FoundExperiment>();
        foreach (var row in found.Take(limit))
            // What was deleted for good in between is not there.
            if (await resources.GetAsync(actor, row.Id, cancellationToken) is { } resource) experiments.Add(new FoundExperiment(resource, row.ArtifactLocation));
        return new ExperimentPage(experiments, found.Count > limit ? Token(offset + limit) : null);
    }

    private static string Condition(SearchSql sql, FilterClause clause)
    {
        var isNull = clause.Operator is FilterOperator.IsNull or FilterOperator.IsNotNull;
        switch (clause.Field.Kind)
        {
            case FieldKind.Tag:
                var not = clause.Operator == FilterOperator.IsNull ? "NOT " : "";
                return $"{not}EXISTS (SELECT 1 FROM kernel_resource_tags t WHERE t.resource_id = r.id AND t.name = {sql.Arg(clause.Field.Key)}{(isNull ? "" : $" AND {sql.Text(clause, "t.value", "t.sort_value")}")})";
            case FieldKind.Attribute when isNull:
                return clause.Operator == FilterOperator.IsNull ? "1 = 0" : "1 = 1";
            case FieldKind.Attribute:
                return clause.Field.Key switch
                {
                    "name" => sql.Text(clause, "r.name"),
                    "creation_time" => sql.Millis(clause, "r.created_at"),
                    "last_update_time" => sql.Millis(clause, "r.updated_at"),
                    _ => throw SearchSql.Wrong(clause, string.Join(", ", Attributes), $"Invalid attribute key '{clause.Field.Key}' specified. Valid keys are '{string.Join("', '", Attributes)}'"),
                };
            default:
                throw SearchSql.Wrong(clause, "an attribute or a tag", $"Invalid entity type '{clause.Field.Kind.ToString().ToLowerInvariant()}'. Valid entity types are ('attribute', 'tag', 'tags')");
        }
    }

    private static string SortColumn(OrderTerm term) => term.Field is { Kind: FieldKind.Attribute, Key: var key } ? key switch
    {
        "name" => "r.name",
        "experiment_id" => "x.no",
        "creation_time" => "r.created_at",
        "last_update_time" => "r.updated_at",
        _ => throw new FailureException(Failure.Invalid("order_by", key, "name, experiment_id, creation_time or last_update_time: Invalid attribute key")),
    } : throw new FailureException(Failure.Invalid("order_by", term.Field.Key, "an attribute: Invalid order_by entity"));

    private static string Token(long offset) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(offset.ToString(CultureInfo.InvariantCulture)));

    private static bool TryReadToken(string? token, out long offset)
    {
        offset = 0;
        if (string.IsNullOrEmpty(token)) return true;
        try
        {
            return token.Length < 100 && long.TryParse(Encoding.ASCII.GetString(Base64Url.DecodeFromChars(token)), NumberStyles.None, CultureInfo.InvariantCulture, out offset);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private sealed class Row
    {
        public string Id { get; set; } = "";
        public string ArtifactLocation { get; set; } = "";
    }
}
