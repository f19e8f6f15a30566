namespace Dowel.Web.Pages.Home;

/// <summary>Where people begin: what there is, and what to do next.</summary>
public partial class Home
{
    private IReadOnlyList<HomeStep> steps = [];
    private IReadOnlyList<ResourceInfo>? recent;

    /// <inheritdoc/>
    protected override void OnInitialized() => steps = HomeSteps.For(Me, new HomeFigures());

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var newest = new ListQuery { Sort = "-updated", Limit = 50 };
        // Five questions at once; a room that is off is not asked.
        var datasets = In("Catalog", () => Api.Datasets.ListAsync(newest, cancellationToken));
        var features = In("Features", () => Api.FeatureViews.ListAsync(newest, cancellationToken));
        var experiments = In("Experiments", () => Api.Experiments.ListAsync(newest, cancellationToken));
        var models = In("Registry", () => Api.Models.ListAsync(newest, cancellationToken));
        var endpoints = In("Serving", () => Api.Endpoints.ListAsync(newest, cancellationToken));
        await Task.WhenAll(datasets, features, experiments, models, endpoints);
        var live = await endpoints;
        steps = HomeSteps.For(Me, new HomeFigures
        {
            Datasets = Figure(await datasets),
            Features = Figure(await features),
            Experiments = Figure(await experiments),
            Runs = (await experiments).Items.Sum(e => e.Runs),
            Models = Figure(await models),
            Endpoints = Figure(live),
            Ready = live.Items.Count(e => e.State is DeploymentState.Ready or DeploymentState.Idle),
            FirstEndpoint = live.Items.Count > 0 ? live.Items[0].Id : null,
        });
        recent = [.. (await datasets).Items.Concat<ResourceInfo>((await features).Items).Concat((await experiments).Items).Concat((await models).Items).Concat(live.Items)
            .OrderByDescending(i => i.UpdatedAt).Take(8)];
    }

    private static string Figure<T>(Page<T> page) => page.Items.Count == 0 ? "" : page.NextCursor is null ? Formats.Count(page.Items.Count) : $"{page.Items.Count}+";

    private Task<Page<T>> In<T>(string room, Func<Task<Page<T>>> ask) => Me.HasRoom(room) ? ask() : Task.FromResult(new Page<T>());
}
