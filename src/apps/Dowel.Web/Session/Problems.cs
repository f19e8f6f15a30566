namespace Dowel.Web.Session;

/// <summary>Problems as text.</summary>
internal static class Problems
{
    /// <summary>What happened and what to do, in a line.</summary>
    public static string Sentence(Problem problem)
    {
        var what = string.IsNullOrWhiteSpace(problem.Detail) ? problem.Title : problem.Detail;
        if (problem.Fields is { Count: > 0 } fields) what += " " + string.Join(" ", fields.Select(f => $"{f.Field}: {f.Expected}{(f.Expected.EndsWith('.') ? "" : ".")}"));
        return what;
    }

    /// <summary>A problem that a page itself finds.</summary>
    public static Problem Of(ErrorCode code, string detail) => new() { Code = code.Code, Status = code.Status, Title = code.Title, Detail = detail, Remedy = code.Remedy };
}
