namespace Dowel.Samples.Titanic.Journey;

/// <summary>For what is true a moment later: figures that the server gathers in batches.</summary>
internal static class Patience
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private const int Tries = 100;

    /// <summary>Asks until it is so; after ten seconds the check has failed.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isSo, Func<T, string> expected, CancellationToken cancellationToken)
    {
        for (var i = 1; ; i++)
        {
            var answer = await ask();
            if (isSo(answer)) return answer;
            Check.That(i < Tries, expected(answer));
            await Task.Delay(Pause, cancellationToken);
        }
    }
}
