namespace Dowel.Serving;

/// <summary>Settings of the serving room, section <c>Serving</c>.</summary>
public sealed class ServingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Serving";

    /// <summary>How long one request may take, in seconds.</summary>
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary>Rows in one request at most.</summary>
    public int MaxRows { get; set; } = 10_000;
}
