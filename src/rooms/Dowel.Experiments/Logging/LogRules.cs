using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Logging;

/// <summary>
/// What may be logged. Names and limits are MLflow's (mlflow/utils/validation.py), so that its clients meet no surprises: letters, digits, '_', '-', '.', ' ', ':' and '/',
/// and a name with slashes is a path without empty, '.' or '..' parts.
/// </summary>
internal static class LogRules
{
    public const int MostMetrics = 1000;
    public const int MostParams = 100;
    public const int MostTags = 100;
    public const int KeyLength = 250;
    public const int ParamLength = 6000;
    public const int TagLength = 8000;

    /// <summary>The tag in which MLflow's clients keep a run's name once more.</summary>
    public const string RunNameTag = "mlflow.runName";

    /// <summary>The last instant that a date can show, the end of the year 9999, in Unix microseconds.</summary>
    public const long LastInstant = 253_402_300_799_999_999;

    private const string KeyExpected = "1 to 250 letters, digits, '_', '-', '.', ':', ' ' or '/', no empty, '.' or '..' part between slashes";

    public static Failure? Check(LogToRun log)
    {
        if (log.Metrics is { Count: > MostMetrics } metrics) return Failure.Invalid("metrics", $"{metrics.Count} metrics", $"at most {MostMetrics} metrics a call");
        for (var i = 0; i < (log.Metrics?.Count ?? 0); i++)
        {
            if (log.Metrics![i] is not { } point) return Failure.Invalid($"metrics[{i}]", null, "a metric");
            if (!IsKey(point.Key)) return Failure.Invalid($"metrics[{i}].key", point.Key, KeyExpected);
        }
        return Check("params", log.Params, MostParams, ParamLength) ?? Check("tags", log.Tags, MostTags, TagLength);
    }

    public static Failure? Check(string field, IReadOnlyDictionary<string, string>? values, int most, int length)
    {
        if (values is null) return null;
        if (values.Count > most) return Failure.Invalid(field, $"{values.Count} {field}", $"at most {most} {field} a call");
        foreach (var (key, value) in values)
        {
            if (!IsKey(key)) return Failure.Invalid($"{field}.{key}", key, KeyExpected);
            // PostgreSQL's text cannot hold the character zero.
            if (value is null || value.Length > length || value.Contains('\0')) return Failure.Invalid($"{field}.{key}", value, $"a text of at most {length} characters without the character zero");
        }
        return null;
    }

    /// <summary>What is wrong with a name, in MLflow's words, or null.</summary>
    public static string? NameProblem(string key)
        => !key.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ' ' or ':' or '/')
            ? "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)."
            : key.Split('/').Any(part => part is "" or "." or "..")
            ? "Names may be treated as files in certain cases, and must not resolve to other names when treated as such."
            : null;

    public static bool IsKey(string? key)
        => key is { Length: > 0 and <= KeyLength } && NameProblem(key) is null;
}
