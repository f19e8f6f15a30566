using Dowel.Samples.Titanic;
using Dowel.Samples.Titanic.Journey;

// From a CSV file to a watched endpoint, over the API of a running Dowel server; see README.md.
if (!Arguments.TryParse(args, Environment.GetEnvironmentVariable, out var arguments, out var wrong))
{
    Console.Error.WriteLine($"error: {wrong}");
    Console.Error.WriteLine(Arguments.Usage);
    return 2;
}
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stop.Cancel();
};
return await new JourneyRunner(arguments, Console.Out, Console.Error).RunAsync(stop.Token) ? 0 : 1;
