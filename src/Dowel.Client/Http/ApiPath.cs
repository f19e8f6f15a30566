using System.Globalization;
using System.Text;
using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Builds a path and query below the server's address; every part is percent-encoded.</summary>
internal sealed class ApiPath
{
    private readonly StringBuilder text;
    private bool hasQuery;

    private ApiPath(string root) => text = new StringBuilder(root);

    /// <summary>Below <c>/api/v1</c>; the literal is trusted, every other segment goes through <c>Then</c>.</summary>
    public static ApiPath Api(string literal) => new("api/v1/" + literal);

    /// <summary>Below the server's root.</summary>
    public static ApiPath Root(string literal) => new(literal);

    /// <summary>Adds a value as one segment.</summary>
    public ApiPath Then(string value)
    {
        // A dot segment or nothing at all would silently name another route.
        if (string.IsNullOrWhiteSpace(value) || value is "." or "..") throw DowelException.Of(ErrorCodes.Invalid, $"'{value}' is no name or id.");
        text.Append('/').Append(Uri.EscapeDataString(value));
        return this;
    }

    /// <summary>Adds a number as one segment.</summary>
    public ApiPath Then(int value) => Then(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds literal segments.</summary>
    public ApiPath Literal(string segments)
    {
        text.Append('/').Append(segments);
        return this;
    }

    /// <summary>Adds a value whose slashes separate segments.</summary>
    public ApiPath ThenPath(string path)
    {
        foreach (var segment in path.Split('/')) Then(segment);
        return this;
    }

    /// <summary>Adds a query parameter where there is a value.</summary>
    public ApiPath With(string name, object? value)
    {
        var given = value switch
        {
            null => null,
            string s => s.Length == 0 ? null : s,
            DateTimeOffset at => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
            Enum e => char.ToLowerInvariant(e.ToString()[0]) + e.ToString()[1..],
            IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };
        if (given is null) return this;
        text.Append(hasQuery ? '&' : '?').Append(name).Append('=').Append(Uri.EscapeDataString(given));
        hasQuery = true;
        return this;
    }

    /// <summary>Adds what every list takes.</summary>
    public ApiPath With(ListQuery? query) => query is null
        ? this
        : With("search", query.Search).With("project", query.Project).With("sort", query.Sort).With("cursor", query.Cursor).With("limit", query.Limit);

    public override string ToString() => text.ToString();
}
