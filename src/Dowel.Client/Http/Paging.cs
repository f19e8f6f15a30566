using System.Runtime.CompilerServices;
using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Walks all pages of a list.</summary>
public static class Paging
{
    /// <summary>Reads page after page, as far as the caller goes on.</summary>
    /// <typeparam name="T">What is listed.</typeparam>
    /// <param name="page">Reads the page of a cursor (null for the first).</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Every item, in the list's order.</returns>
    public static async IAsyncEnumerable<T> AllAsync<T>(Func<string?, CancellationToken, Task<Page<T>>> page, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(page);
        string? cursor = null;
        do
        {
            var current = await page(cursor, cancellationToken);
            foreach (var item in current.Items) yield return item;
            // A cursor that does not move would walk for ever.
            if (current.NextCursor == cursor) yield break;
            cursor = current.NextCursor;
        }
        while (!string.IsNullOrEmpty(cursor));
    }
}
