namespace Dowel.Kernel.Resources;

/// <summary>A kind of named thing that a project owns.</summary>
/// <param name="Name">Its name, as in the API: <c>dataset</c>.</param>
/// <param name="Prefix">What its ids begin with.</param>
/// <param name="RouteParameter">The route value that names one.</param>
/// <param name="GlobalName">Whether names are unique on the server rather than in the project.</param>
/// <param name="FreeName">Whether names may hold '/' and be up to 500 characters long, as MLflow's clients name experiments and models after paths and tables.</param>
public sealed record ResourceKind(string Name, string Prefix, string RouteParameter, bool GlobalName = false, bool FreeName = false)
{
    /// <summary>A table of the catalog.</summary>
    public static readonly ResourceKind Dataset = new("dataset", "ds", "dataset");
    /// <summary>A feature view.</summary>
    public static readonly ResourceKind FeatureView = new("feature_view", "fv", "view");
    /// <summary>An experiment.</summary>
    public static readonly ResourceKind Experiment = new("experiment", "exp", "experiment", FreeName: true);
    /// <summary>A registered model.</summary>
    public static readonly ResourceKind Model = new("model", "mod", "model", FreeName: true);
    /// <summary>An endpoint. Its name is part of a URL that carries no project, so it is unique on the server.</summary>
    public static readonly ResourceKind Endpoint = new("endpoint", "ep", "endpoint", GlobalName: true);

    /// <summary>The kind of that name; the names come from our own rows.</summary>
    internal static ResourceKind Of(string name) => new[] { Dataset, FeatureView, Experiment, Model, Endpoint }.First(k => k.Name == name);

    /// <summary>A new id: the prefix and a time-ordered UUID (version 7).</summary>
    public string NewId() => Ids.New(Prefix);
}

/// <summary>Ids: a prefix that tells the kind, and a time-ordered UUID (RFC 9562, version 7) in hexadecimal.</summary>
public static class Ids
{
    /// <summary>A new id.</summary>
    public static string New(string prefix) => $"{prefix}_{Guid.CreateVersion7():n}";
}
