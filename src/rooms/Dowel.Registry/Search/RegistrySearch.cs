using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Sources;
using Dowel.Registry.Stages;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Search;

/// <summary>What a client of MLflow's searches for.</summary>
/// <param name="Filter">The filter.</param>
/// <param name="OrderBy">The order.</param>
/// <param name="Limit">How many at most.</param>
/// <param name="Token">The token of the page before.</param>
/// <param name="Project">Only of this project; null for every project that the actor belongs to, or that something was shared with them from.</param>
internal sealed record SearchQuery(string? Filter, IReadOnlyList<string> OrderBy, int Limit, string? Token, string? Project);

/// <summary>MLflow's searches over models and versions (mlflow/store/model_registry/sqlalchemy_store.py), as SQL over indexes. Prompts are found only by those who ask for them.</summary>
internal sealed class RegistrySearch(IDb db, IResourceService resources)
{
    private static readonly Dictionary<string, (string, bool)> ModelOrder = new()
    {
        ["name"] = ("r.name", false),
        ["timestamp"] = ("r.updated_at", true),
        ["last_updated_timestamp"] = ("r.updated_at", true),
        ["creation_timestamp"] = ("r.created_at", true),
    };

    private static readonly Dictionary<string, (string, bool)> VersionOrder = new()
    {
        ["name"] = ("r.name", false),
        ["version_number"] = ("v.number", true),
        ["creation_timestamp"] = ("v.created_at", true),
        ["last_updated_timestamp"] = ("v.updated_at", true),
    };

    /// <summary>One model.</summary>
    public Task<ModelCard?> CardAsync(string modelId, CancellationToken cancellationToken) => db.ReadAsync(async s =>
        (await ModelCard.ReadAsync(s, await s.QueryAsync<CardRow>($"SELECT {CardRow.Columns} FROM kernel_resources r WHERE r.id = @modelId", new { modelId }))).FirstOrDefault(), cancellationToken);

    /// <summary>The newest version of each stage, or of those that are asked for.</summary>
    public async Task<Result<IReadOnlyList<ModelVersion>>> LatestAsync(Resource model, IReadOnlyList<string> stages, CancellationToken cancellationToken)
    {
        if (stages.FirstOrDefault(s => StageRules.Canonical(s) is null) is { } unknown)
            return new Failure(ErrorCodes.Invalid, $"Invalid Model Version stage: {unknown}. Value must be one of {string.Join(", ", StageRules.All)}.", new FieldError("stages", unknown, string.Join(", ", StageRules.All)));
        var wanted = (stages.Count == 0 ? StageRules.All : stages.Select(s => StageRules.Canonical(s)!)).ToHashSet();
        return Result.Ok<IReadOnlyList<ModelVersion>>([.. (await CardAsync(model.Id, cancellationToken))?.Latest.Where(v => wanted.Contains(v.Stage)) ?? []]);
    }

    public async Task<Result<Page<ModelCard>>> ModelsAsync(Actor actor, SearchQuery query, CancellationToken cancellationToken)
    {
        try
        {
            var (from, sql) = Begin(actor, query);
            var clauses = FilterParser.Parse(query.Filter).Value;
            HidePrompts(sql, clauses, "r.id", "kernel_resource_tags", "resource_id");
            foreach (var clause in clauses.Where(c => !IsPromptClause(c)))
                switch (clause.Field)
                {
                    case { Kind: FieldKind.Tag }: sql.Tag(clause, "r.id", "kernel_resource_tags", "resource_id"); break;
                    case { Kind: FieldKind.Attribute, Key: "name" }: sql.Text(clause, "r.name"); break;
                    case { Kind: FieldKind.Attribute, Key: var key }: throw SearchSql.Bad($"Invalid attribute key '{key}' specified. Valid keys are '{{'name'}}'");
                    case { Kind: var kind }: throw SearchSql.Entity(kind);
                }
            var order = SearchOrder.Parse(query.OrderBy, ModelOrder, k => $"Invalid order by key '{k}' specified. Valid keys are '{{'name', 'timestamp'}}'", new OrderColumn("r.name", false, false), new OrderColumn("r.id", false, false));
            var text = $"SELECT {CardRow.Columns} {from.From} WHERE {from.Visible}{sql.Conditions}{order.Page(query.Token, query.Limit, from.Args)}";
            return await db.ReadAsync(async s =>
            {
                var rows = await s.QueryAsync<CardRow>(text, from.Args);
                var kept = rows.Take(query.Limit).ToList();
                return new Page<ModelCard>
                {
                    Items = await ModelCard.ReadAsync(s, kept),
                    NextCursor = rows.Count <= query.Limit ? null : order.Token(c => c switch { "r.name" => kept[^1].Name, "r.id" => kept[^1].Id, "r.created_at" => kept[^1].CreatedAt, _ => kept[^1].UpdatedAt }),
                };
            }, cancellationToken);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    public async Task<Result<Page<ModelVersion>>> VersionsAsync(Actor actor, SearchQuery query, CancellationToken cancellationToken)
    {
        try
        {
            var (from, sql) = Begin(actor, query);
            var clauses = FilterParser.Parse(query.Filter).Value;
            HidePrompts(sql, clauses, "v.id", "registry_version_tags", "version_id");
            foreach (var clause in clauses.Where(c => !IsPromptClause(c)))
                switch (clause.Field)
                {
                    case { Kind: FieldKind.Tag }: sql.Tag(clause, "v.id", "registry_version_tags", "version_id"); break;
                    case { Kind: FieldKind.Attribute, Key: "name" }: sql.Text(clause, "r.name"); break;
                    case { Kind: FieldKind.Attribute, Key: "run_id" }: sql.Text(clause, "v.run_id", listed: true); break;
                    case { Kind: FieldKind.Attribute, Key: "source_path" }: sql.Text(clause, "v.source", "v.source_sort"); break;
                    case { Kind: FieldKind.Attribute, Key: "version_number" }: sql.Number(clause, "v.number"); break;
                    case { Kind: FieldKind.Attribute, Key: var key }: throw SearchSql.Bad($"Invalid attribute key '{key}' specified. Valid keys are '{{'name', 'run_id', 'source_path', 'version_number'}}'");
                    case { Kind: var kind }: throw SearchSql.Entity(kind);
                }
            IReadOnlyList<string> terms = query.OrderBy.Count > 0 ? query.OrderBy : ["last_updated_timestamp DESC", "name ASC", "version_number DESC"];
            var order = SearchOrder.Parse(terms, VersionOrder, k => $"Invalid attribute key '{k}' specified. Valid keys are '{{'creation_timestamp', 'last_updated_timestamp', 'name', 'version_number'}}'",
                new OrderColumn("r.name", false, false), new OrderColumn("v.number", true, true), new OrderColumn("v.id", false, false));
            var text = $"SELECT v.*, r.name AS model_name {from.From} JOIN registry_versions v ON v.model_id = r.id WHERE {from.Visible}{sql.Conditions}{order.Page(query.Token, query.Limit, from.Args)}";
            return await db.ReadAsync(async s =>
            {
                var rows = await s.QueryAsync<FoundVersion>(text, from.Args);
                var kept = rows.Take(query.Limit).ToList();
                return new Page<ModelVersion>
                {
                    Items = await VersionReader.ReadAsync(s, kept, v => ((FoundVersion)v).ModelName, whole: false),
                    NextCursor = rows.Count <= query.Limit ? null : order.Token(c => c switch { "r.name" => kept[^1].ModelName, "v.id" => kept[^1].Id, "v.number" => kept[^1].Number, "v.created_at" => kept[^1].CreatedAt, _ => kept[^1].UpdatedAt }),
                };
            }, cancellationToken);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    // As a name alone is understood: what a stranger made public is found only in its project.
    private (ResourceSearch From, SearchSql Sql) Begin(Actor actor, SearchQuery query)
    {
        var from = resources.SearchFor(actor);
        var sql = new SearchSql(db.Engine, from.Args);
        from.Args.Add("kind", ResourceKind.Model.Name);
        sql.Add("r.kind = @kind AND r.deleted_at IS NULL");
        sql.Add(query.Project is { } project ? $"p.name = {sql.Parameter(project)}" : "(m.role IS NOT NULL OR (r.visibility = 'shared' AND s.level IS NOT NULL))");
        return (from, sql);
    }

    // Models have no such tag at all, so its absence is what tells them from prompts; the first comparison of it decides.
    private static void HidePrompts(SearchSql sql, IReadOnlyList<FilterClause> clauses, string id, string table, string owner)
    {
        var wanted = clauses.FirstOrDefault(IsPromptClause) is { Value.Texts: [var value] } clause
            && ((clause.Operator == FilterOperator.Equal && value.Equals("true", StringComparison.OrdinalIgnoreCase)) || (clause.Operator == FilterOperator.NotEqual && value.Equals("false", StringComparison.OrdinalIgnoreCase)));
        sql.Add($"{id} {(wanted ? "" : "NOT ")}IN (SELECT t.{owner} FROM {table} t WHERE t.name = '{SourceRules.PromptTag}' AND t.sort_value = 'true')");
    }

    private static bool IsPromptClause(FilterClause clause) => clause.Field is { Kind: FieldKind.Tag, Key: SourceRules.PromptTag };

    private sealed class FoundVersion : VersionRow
    {
        public string ModelName { get; set; } = "";
    }
}
