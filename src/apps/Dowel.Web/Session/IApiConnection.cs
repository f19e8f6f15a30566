namespace Dowel.Web.Session;

/// <summary>Connects the pages to the API.</summary>
public interface IApiConnection
{
    /// <summary>Makes a client that calls as the person of a session.</summary>
    /// <param name="session">The session.</param>
    /// <returns>The client.</returns>
    DowelClient Create(PageSession session);
}
