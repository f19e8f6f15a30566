using System.Globalization;

namespace Dowel.Web.Pages.Models;

/// <summary>Makes an endpoint of a model.</summary>
public partial class DeployDialog
{
    private string name = "";
    private string which = "";
    private int replicas = 1;
    private string view = "";
    private MissingFeaturesPolicy onMissing;
    private string description = "";
    private bool busy;
    private bool allowRefused;
    private Problem? failure;
    private IReadOnlyList<FeatureView> views = [];

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>The version; null to begin with the one in production.</summary>
    [Parameter] public int? Version { get; set; }

    /// <summary>Who deploys it.</summary>
    [Parameter, EditorRequired] public Me Person { get; set; } = new();

    [CascadingParameter] private IMudDialogInstance Dialog { get; set; } = null!;

    internal static async Task ShowAsync(IDialogService dialogs, Me me, RegisteredModel model, int? version)
    {
        var parameters = new DialogParameters<DeployDialog> { { d => d.Model, model }, { d => d.Version, version }, { d => d.Person, me } };
        await dialogs.ShowAsync<DeployDialog>($"Deploy {model.Name}", parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true });
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        name = Model.Name;
        which = Version is { } v ? v.ToString(CultureInfo.InvariantCulture) : Model.Aliases.ContainsKey("production") ? "@production" : Model.LatestVersion.ToString(CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (Person.HasRoom("Features")) views = [.. (await Api.FeatureViews.ListAsync(new ListQuery { Sort = "name", Limit = 200 }, cancellationToken)).Items.Where(v => v.Online)];
    }

    private async Task DeployAsync()
    {
        busy = true;
        var made = "";
        failure = await FailureOfAsync(async ct =>
        {
            var endpoint = await Api.Endpoints.CreateAsync(
                new CreateEndpoint
                {
                    Name = name.Trim(), Project = Model.Project, Description = description.Trim(),
                    Deployment = new DeploymentSpec
                    {
                        Model = Model.Id, Replicas = replicas, AllowRefused = allowRefused,
                        Alias = which.StartsWith('@') ? which[1..] : null,
                        Version = which.StartsWith('@') ? null : int.Parse(which, CultureInfo.InvariantCulture),
                    },
                    Features = view.Length == 0 ? null : new FeatureJoin { View = view, OnMissing = onMissing },
                },
                ct);
            made = endpoint.Id;
        });
        busy = false;
        if (failure is not null) return;
        Dialog.Close();
        Nav.NavigateTo($"endpoints/{Uri.EscapeDataString(made)}");
    }
}
