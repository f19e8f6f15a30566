namespace Dowel.Web.Pages.Models;

/// <summary>The registered models.</summary>
public partial class ModelList
{
    private IReadOnlyList<Snippet> snippets = [];
    private IReadOnlyList<Snippet> promptSnippets = [];

    [SupplyParameterFromQuery(Name = "kind")] private string? kind { get; set; }

    private bool prompts => kind == "prompts";

    private readonly IReadOnlyList<ListColumn<RegisteredModel>> columns =
    [
        new("Versions", m => builder => builder.AddContent(0, m.LatestVersion == 0 ? "–" : $"{m.LatestVersion}"), true),
        new("Aliases", m => builder =>
        {
            foreach (var (alias, version) in m.Aliases.OrderBy(a => a.Key, StringComparer.Ordinal))
            {
                builder.OpenComponent<StatusChip>(0);
                builder.AddComponentParameter(1, nameof(StatusChip.Text), $"{alias} → {version}");
                builder.AddComponentParameter(2, nameof(StatusChip.Tone), Tone.Accent);
                builder.CloseComponent();
            }
        }),
    ];

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        var server = Nav.BaseUri.TrimEnd('/');
        (snippets, promptSnippets) = (ModelSnippets.Register(server, "my-model"), ModelSnippets.RegisterPrompt(server, "greeting"));
    }

    private Task<Page<RegisteredModel>> ListAsync(ListQuery query, CancellationToken cancellationToken) => Api.Models.ListAsync(query, prompts, cancellationToken);

    private Task NewAsync() => NewThingDialog.ShowAsync(Dialogs, "New model", Me, null, async (spec, ct) =>
    {
        var made = await Api.Models.CreateAsync(new CreateModel { Name = spec.Name, Project = spec.Project, Description = spec.Description }, ct);
        return $"models/{Uri.EscapeDataString(made.Id)}";
    });
}
