namespace Dowel.Web.Shell;

/// <summary>Keeps a fault in one page from ending the circuit, and says what to do.</summary>
public partial class PageErrorBoundary
{
    private static Problem ProblemOf(Exception exception) => exception is DowelException known
        ? known.Problem
        : Problems.Of(ErrorCodes.Fault, "This page failed while it was shown. The server's log has the details.");
}
