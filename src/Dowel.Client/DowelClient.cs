using System.Net.Http.Headers;

namespace Dowel.Client;

/// <summary>A typed client of a Dowel server's own API, grouped by feature. Failures throw <see cref="DowelException"/>.</summary>
/// <remarks>It may be shared by many threads. Names of things may be an id, a bare name or <c>project.name</c>.</remarks>
public sealed class DowelClient : IDisposable
{
    private readonly HttpClient? owned;

    /// <summary>Over an HTTP client that the caller owns; its BaseAddress is the server's and its headers say who calls.</summary>
    /// <param name="http">The HTTP client.</param>
    public DowelClient(HttpClient http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var sender = new DowelHttp(http);
        Address = sender.Address;
        Identity = new IdentityClient(sender);
        Projects = new ProjectsClient(sender);
        Resources = new ResourcesClient(sender);
        Audit = new AuditClient(sender);
        Datasets = new DatasetsClient(sender);
        FeatureViews = new FeatureViewsClient(sender);
        Experiments = new ExperimentsClient(sender);
        Runs = new RunsClient(sender);
        Models = new ModelsClient(sender);
        Import = new ImportClient(sender);
        Endpoints = new EndpointsClient(sender);
        Batch = new BatchClient(sender);
        Monitoring = new MonitoringClient(sender);
        Server = new ServerClient(sender);
    }

    private DowelClient(HttpClient http, HttpClient owned) : this(http) => this.owned = owned;

    /// <summary>The server's address.</summary>
    public Uri Address { get; }

    /// <summary>Users, sign-in and tokens.</summary>
    public IdentityClient Identity { get; }

    /// <summary>Projects and their members.</summary>
    public ProjectsClient Projects { get; }

    /// <summary>Sharing and lineage of any thing.</summary>
    public ResourcesClient Resources { get; }

    /// <summary>The audit trail.</summary>
    public AuditClient Audit { get; }

    /// <summary>Datasets and SQL queries.</summary>
    public DatasetsClient Datasets { get; }

    /// <summary>Feature views: pushing and reading features.</summary>
    public FeatureViewsClient FeatureViews { get; }

    /// <summary>Experiments.</summary>
    public ExperimentsClient Experiments { get; }

    /// <summary>Runs, what they log and their artifacts.</summary>
    public RunsClient Runs { get; }

    /// <summary>Registered models, versions, gates and aliases.</summary>
    public ModelsClient Models { get; }

    /// <summary>Bringing in what another tracking server has.</summary>
    public ImportClient Import { get; }

    /// <summary>Endpoints and predictions.</summary>
    public EndpointsClient Endpoints { get; }

    /// <summary>Batch runs over datasets.</summary>
    public BatchClient Batch { get; }

    /// <summary>The prediction log, ground truth, traffic, quality and drift.</summary>
    public MonitoringClient Monitoring { get; }

    /// <summary>The server itself: rooms and health.</summary>
    public ServerClient Server { get; }

    /// <summary>Connects to a server.</summary>
    /// <param name="server">Its address, such as <c>http://127.0.0.1:5080</c>.</param>
    /// <param name="token">The token to send; null for none.</param>
    /// <returns>A client; dispose it to close its connections.</returns>
    public static DowelClient Connect(Uri server, string? token = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        // A redirect could carry a body or the token to somewhere else; it is reported instead.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // No proxy knows this machine's own addresses.
            UseProxy = !server.IsLoopback,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        var http = new HttpClient(handler) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        if (!string.IsNullOrWhiteSpace(token)) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return new DowelClient(http, http);
    }

    /// <inheritdoc/>
    public void Dispose() => owned?.Dispose();
}
