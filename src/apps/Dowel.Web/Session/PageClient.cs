namespace Dowel.Web.Session;

/// <summary>The API as the person of this circuit.</summary>
public sealed class PageClient
{
    private readonly Lazy<DowelClient> api;
    private Task<Me>? me;

    /// <summary>Over a connection, for a session.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="session">The session.</param>
    public PageClient(IApiConnection connection, PageSession session) => api = new Lazy<DowelClient>(() => connection.Create(session));

    /// <summary>The client.</summary>
    public DowelClient Api => api.Value;

    /// <summary>Who the person is; asked once.</summary>
    /// <param name="fresh">Asks again.</param>
    /// <returns>The person, their projects, the server's rooms.</returns>
    public Task<Me> MeAsync(bool fresh = false)
    {
        // A failed answer is not kept.
        if (fresh || me is null || me.IsFaulted || me.IsCanceled) me = Api.Identity.MeAsync();
        return me;
    }
}
