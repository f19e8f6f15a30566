using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>The server refused or failed, or could not be reached.</summary>
public sealed class DowelException : Exception
{
    /// <summary>The code of a server that could not be reached; its status is 0.</summary>
    public const string Unreachable = "server.unreachable";

    /// <summary>With what the server said.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="innerException">What caused it, where the server did not answer.</param>
    public DowelException(Problem problem, Exception? innerException = null) : base(Text(problem), innerException) => Problem = problem;

    /// <summary>What is wrong: code, detail, wrong fields, remedy.</summary>
    public Problem Problem { get; }

    /// <summary>The stable code, such as <c>resource.not_found</c>; see <see cref="ErrorCodes"/>.</summary>
    public string Code => Problem.Code;

    /// <summary>The HTTP status; 0 where there was no answer.</summary>
    public int Status => Problem.Status;

    /// <summary>What to do about it.</summary>
    public string? Remedy => Problem.Remedy;

    /// <summary>The wrong fields, where there are any.</summary>
    public IReadOnlyList<FieldError> Fields => Problem.Fields ?? [];

    /// <summary>Makes one from a code of the catalogue, for what the client itself refuses.</summary>
    internal static DowelException Of(ErrorCode code, string detail, string? remedy = null) =>
        new(new Problem { Code = code.Code, Status = code.Status, Title = code.Title, Detail = detail, Remedy = remedy ?? code.Remedy });

    private static string Text(Problem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return string.IsNullOrWhiteSpace(problem.Detail) ? problem.Title : problem.Detail;
    }
}
