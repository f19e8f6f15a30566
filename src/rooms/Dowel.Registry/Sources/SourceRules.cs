using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Sources;

/// <summary>What a version's source may be, as MLflow's server checks it (mlflow/server/handlers.py): a URI that is no local path and does not climb, however it is encoded.</summary>
internal static class SourceRules
{
    public const int MaxLength = 10_000;
    public const string PromptTag = "mlflow.prompt.is_prompt";
    private const int MostDecodings = 20;

    /// <summary>A prompt has no files; its client gives some word for a source.</summary>
    public static bool IsPrompt(IReadOnlyDictionary<string, string>? tags) => tags?.ContainsKey(PromptTag) == true;

    public static Failure? Check(string source, bool isPrompt)
    {
        if (source.Length is 0 or > MaxLength || source.Any(char.IsControl)) return Wrong(source, $"It must have 1 to {MaxLength} characters, none of them control characters.");
        if (isPrompt) return null;
        var colon = source.IndexOf(':');
        if (colon < 2 || !source[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.') || source.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            return Wrong(source, "To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.");
        return Climbs(source)
            ? Wrong(source, "If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.")
            : null;
    }

    private static bool Climbs(string source)
    {
        for (var i = 0; ; i++)
        {
            var decoded = Uri.UnescapeDataString(source.Replace('+', ' '));
            if (source.Contains('\0') || source.Split('/', '\\').Any(p => p is ".." or ".") || i == MostDecodings) return true;
            if (decoded == source.Replace('+', ' ')) return false;
            source = decoded;
        }
    }

    private static Failure Wrong(string source, string why)
        => new(ErrorCodes.Invalid, $"Invalid model version source: '{(source.Length > 500 ? source[..500] + "…" : source)}'. {why}", new FieldError("source", source.Length > 200 ? source[..200] + "…" : source, "a URI"));
}
