using System.Globalization;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>What an endpoint may answer by.</summary>
public enum DeployKind
{
    /// <summary>A model version.</summary>
    Model,
    /// <summary>A Docker image.</summary>
    Image,
    /// <summary>A model server elsewhere.</summary>
    Server,
    /// <summary>A graph of other endpoints.</summary>
    Graph,
    /// <summary>A model elsewhere, whose predictions are sent here.</summary>
    Observed,
}

/// <summary>An endpoint that is about to be made, as the wizard has it.</summary>
internal sealed class DeployDraft
{
    public DeployKind Kind { get; set; }

    public string Name { get; set; } = "";

    /// <summary>Whether somebody chose the name; until then it follows what is deployed.</summary>
    public bool IsNamed { get; set; }

    public string? Project { get; set; }

    public string Description { get; set; } = "";

    public RegisteredModel? Model { get; set; }

    /// <summary>A version's number, or an alias after @.</summary>
    public string Which { get; set; } = "";

    public bool AllowRefused { get; set; }

    public string Image { get; set; } = "";

    public string Url { get; set; } = "";

    public string Protocol { get; set; } = "oip";

    public int? Port { get; set; }

    public string Environment { get; set; } = "";

    /// <summary>Of an image as variables, of a server as headers.</summary>
    public string Secrets { get; set; } = "";

    public string Egress { get; set; } = "";

    public string HealthPath { get; set; } = "";

    public string RegistryUser { get; set; } = "";

    public string RegistryPassword { get; set; } = "";

    public InferenceGraph? Graph { get; set; }

    public string View { get; set; } = "";

    public MissingFeaturesPolicy OnMissing { get; set; }

    public SettingsDraft Settings { get; } = new();

    public PolicyDraft Policy { get; } = new();

    /// <summary>Whether Dowel runs it, so that it has replicas.</summary>
    public bool Runs => Kind is DeployKind.Model or DeployKind.Image;

    /// <summary>A name that the URL takes as it is: of a model, an image, a host.</summary>
    public string SuggestedName()
    {
        var text = Kind switch
        {
            DeployKind.Model => Model?.Name ?? "",
            DeployKind.Image => Image[(Image.LastIndexOf('/') + 1)..].Split(':', '@')[0],
            DeployKind.Server => Uri.TryCreate(Url, UriKind.Absolute, out var uri) ? uri.Host : "",
            _ => "",
        };
        return Kind == DeployKind.Model ? text : new string([.. text.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '-')]).Trim('-');
    }

    /// <summary>What is missing before it can be deployed; null for nothing.</summary>
    public string? Missing() => Kind switch
    {
        DeployKind.Model when Model is null => "Choose a model.",
        DeployKind.Image when Image.Trim().Length == 0 => "Paste the name of an image.",
        DeployKind.Server when Url.Trim().Length == 0 => "Paste the address of the server.",
        DeployKind.Graph when Graph is null => "Write the graph.",
        _ => string.IsNullOrWhiteSpace(Name) ? "Give it a name." : null,
    };

    /// <summary>The request; says which field is wrong.</summary>
    public bool TryRequest(out CreateEndpoint request, out IReadOnlyList<FieldError> wrong)
    {
        List<FieldError> errors = [];
        request = new CreateEndpoint
        {
            Name = Name.Trim(), Project = Project, Description = Description.Trim().Length == 0 ? null : Description.Trim(),
            Deployment = Deployment(errors),
            Features = View.Length == 0 || Kind != DeployKind.Model ? null : new FeatureJoin { View = View, OnMissing = OnMissing },
            Limits = Policy.Limits, Ingress = Policy.Ingress,
        };
        wrong = errors;
        return errors.Count == 0;
    }

    private DeploymentSpec Deployment(List<FieldError> errors)
    {
        var settings = Settings.ToSettings();
        if (!Runs) settings = settings with { Scaling = null, Resources = null, Python = null };
        if (Kind == DeployKind.Image) settings = settings with { Python = null };
        var spec = new DeploymentSpec { Replicas = Runs && !Settings.Follows && Settings.Replicas != 1 ? Settings.Replicas : null, Settings = settings == new DeploymentSettings() ? null : settings };
        switch (Kind)
        {
            case DeployKind.Model:
                var alias = Which.StartsWith('@') ? Which[1..] : null;
                return spec with { Model = $"{Model?.Project}.{Model?.Name}", Alias = alias, Version = alias is null && int.TryParse(Which, CultureInfo.InvariantCulture, out var version) ? version : null, AllowRefused = AllowRefused };
            case DeployKind.Image:
                return spec with
                {
                    Container = new ContainerSpec
                    {
                        Image = Image.Trim(), Protocol = Protocol, Port = Port, HealthPath = OrNull(HealthPath),
                        Environment = Pairs("environment", Environment, errors), Secrets = Pairs("secrets", Secrets, errors), Egress = PolicyDraft.Split(Egress),
                        RegistryUser = OrNull(RegistryUser), RegistryPassword = OrNull(RegistryPassword),
                    },
                };
            case DeployKind.Server:
                return spec with { Remote = new RemoteSpec { Url = Url.Trim(), Protocol = Protocol, Headers = Pairs("headers", Secrets, errors) } };
            case DeployKind.Graph:
                return spec with { Graph = Graph };
            default:
                return spec with { Observed = new ObservedSpec() };
        }
    }

    private static Dictionary<string, string>? Pairs(string field, string text, List<FieldError> errors)
    {
        if (!TagText.TryRead(text, out var pairs, out _)) errors.Add(new FieldError(field, null, "lines of name=value, each name once"));
        return pairs.Count == 0 ? null : pairs;
    }

    private static string? OrNull(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
