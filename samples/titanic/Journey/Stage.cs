namespace Dowel.Samples.Titanic.Journey;

/// <summary>One stage of the journey: does its work, states its figures, and throws where its check does not hold.</summary>
internal sealed record Stage(string Name, Func<JourneyState, StageReport, CancellationToken, Task> RunAsync);

/// <summary>A check of a stage that did not hold, with what to do about it.</summary>
internal sealed class CheckFailedException(string message, string remedy) : Exception(message)
{
    public string Remedy { get; } = remedy;
}

internal static class Check
{
    public static void That(bool holds, string expected, string remedy = "Look at the server's log, and at what the stage did, by the links below.")
    {
        if (!holds) throw new CheckFailedException($"This does not hold: {expected}.", remedy);
    }
}
