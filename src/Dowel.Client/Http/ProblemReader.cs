using System.Text;
using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Turns a failed answer into a problem, whatever form its body has.</summary>
internal static class ProblemReader
{
    private const int MaxBody = 256 * 1024;

    public static async Task<Problem> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var body = await ReadBodyAsync(response, cancellationToken);
        return FromJson(body, status) ?? FromStatus(status, response.Headers.Location, Excerpt(response, body));
    }

    private static Problem? FromJson(string body, int status)
    {
        if (!body.AsSpan().TrimStart().StartsWith("{")) return null;
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.TryGetProperty("title", out _) || json.RootElement.TryGetProperty("detail", out _))
            {
                var problem = json.RootElement.Deserialize<Problem>(DowelJson.Options)!;
                var byStatus = FromStatus(status, null, null);
                return problem with
                {
                    Status = problem.Status == 0 ? status : problem.Status,
                    Code = problem.Code.Length == 0 ? byStatus.Code : problem.Code,
                    // With a code of its own, it has said all there is to say.
                    Remedy = problem.Remedy ?? (problem.Code.Length == 0 ? byStatus.Remedy : null),
                };
            }
            // The Open Inference Protocol's form.
            if (json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String)
            {
                var problem = FromStatus(status, null, error.GetString());
                // The protocol has no codes: at this status the text alone says what is wrong.
                if (status == 422) problem = problem with { Code = ErrorCodes.Invalid.Code, Title = "The request was refused.", Remedy = null };
                return json.RootElement.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String
                    ? problem with { Code = code.GetString()!, Remedy = ErrorCodes.All.FirstOrDefault(c => c.Code == code.GetString())?.Remedy ?? problem.Remedy }
                    : problem;
            }
        }
        catch (JsonException)
        {
            // Not what it claims to be; the status has to do.
        }
        return null;
    }

    private static Problem FromStatus(int status, Uri? location, string? detail)
    {
        var code = status switch
        {
            400 => ErrorCodes.Invalid,
            401 => ErrorCodes.Unauthenticated,
            403 => ErrorCodes.Forbidden,
            404 => ErrorCodes.NotFound,
            409 => ErrorCodes.Conflict,
            412 => ErrorCodes.Stale,
            413 => ErrorCodes.TooLarge,
            422 => ErrorCodes.SchemaMismatch,
            429 => ErrorCodes.RateLimited,
            503 => ErrorCodes.NotReady,
            >= 500 => ErrorCodes.Fault,
            _ => null,
        };
        if (code is not null) return new Problem { Code = code.Code, Status = status, Title = code.Title, Detail = detail, Remedy = code.Remedy };
        return new Problem
        {
            Code = $"http.{status}",
            Status = status,
            Title = location is null ? $"The server answered {status}." : $"The server answered {status} and points to {location}.",
            Detail = location is null ? detail : null,
            Remedy = "Check that the address is that of a Dowel server.",
        };
    }

    private static string? Excerpt(HttpResponseMessage response, string body)
    {
        var text = body.Trim();
        if (text.Length == 0 || response.Content.Headers.ContentType?.MediaType == "text/html") return null;
        return text.Length > 500 ? text[..500] + "…" : text;
    }

    private static async Task<string> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[8192];
        using var kept = new MemoryStream();
        int read;
        while (kept.Length < MaxBody && (read = await stream.ReadAsync(buffer, cancellationToken)) > 0) kept.Write(buffer, 0, read);
        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }
}
