namespace Dowel.Web.Pages.Endpoints;

/// <summary>How much may be asked and who may call, as a form has it.</summary>
public sealed class PolicyDraft
{
    /// <summary>Requests a second of all callers.</summary>
    public double? RequestsPerSecond { get; set; }

    /// <summary>Requests at once of all callers.</summary>
    public int? MaxConcurrency { get; set; }

    /// <summary>Requests a second of one caller.</summary>
    public double? CallerRequestsPerSecond { get; set; }

    /// <summary>Requests at once of one caller.</summary>
    public int? CallerMaxConcurrency { get; set; }

    /// <summary>User names with commas.</summary>
    public string Users { get; set; } = "";

    /// <summary>Projects with commas.</summary>
    public string Projects { get; set; } = "";

    /// <summary>Address ranges with commas.</summary>
    public string Addresses { get; set; } = "";

    /// <summary>The limits; null for none.</summary>
    public EndpointLimits? Limits
    {
        get
        {
            var limits = new EndpointLimits { RequestsPerSecond = RequestsPerSecond, MaxConcurrency = MaxConcurrency, CallerRequestsPerSecond = CallerRequestsPerSecond, CallerMaxConcurrency = CallerMaxConcurrency };
            return limits == new EndpointLimits() ? null : limits;
        }
    }

    /// <summary>Who may call; null for no further rule.</summary>
    public IngressPolicy? Ingress => Split(Users).Count + Split(Projects).Count + Split(Addresses).Count == 0 ? null : new IngressPolicy { Users = Split(Users), Projects = Split(Projects), Addresses = Split(Addresses) };

    /// <summary>What there is, as a form has it.</summary>
    public static PolicyDraft Of(EndpointLimits? limits, IngressPolicy? ingress) => new()
    {
        RequestsPerSecond = limits?.RequestsPerSecond,
        MaxConcurrency = limits?.MaxConcurrency,
        CallerRequestsPerSecond = limits?.CallerRequestsPerSecond,
        CallerMaxConcurrency = limits?.CallerMaxConcurrency,
        Users = string.Join(", ", ingress?.Users ?? []),
        Projects = string.Join(", ", ingress?.Projects ?? []),
        Addresses = string.Join(", ", ingress?.Addresses ?? []),
    };

    /// <summary>What stands between commas or on lines of its own.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split([',', '\n', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
    }
}
