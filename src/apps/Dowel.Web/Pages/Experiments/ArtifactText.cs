using System.Text;

namespace Dowel.Web.Pages.Experiments;

/// <summary>The beginning of an artifact as text.</summary>
internal static class ArtifactText
{
    /// <summary>Reads it; a file that is larger is cut off.</summary>
    public static async Task<(string Text, bool Whole)> ReadAsync(DowelClient api, string run, string path, int mostBytes, CancellationToken cancellationToken)
    {
        await using var stream = await api.Runs.DownloadArtifactAsync(run, path, cancellationToken: cancellationToken);
        var buffer = new byte[mostBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return (Encoding.UTF8.GetString(buffer, 0, Math.Min(length, mostBytes)), length <= mostBytes);
    }
}
