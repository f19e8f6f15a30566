namespace Dowel.Web;

/// <summary>Who may open a route of the pages; it is metadata of each, for the server's access rules.</summary>
public enum PageAccess
{
    /// <summary>A page, or a part of one, for people who are signed in.</summary>
    SignedIn,
    /// <summary>The sign-in pages.</summary>
    Anonymous,
    /// <summary>The circuit's connection and what belongs to it.</summary>
    Circuit,
}
