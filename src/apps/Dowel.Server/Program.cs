using Dowel.Kernel.Hosting;
using Dowel.Server;

// Mistakes in the configuration and a port or folder in use are told in one line; everything else is a fault and keeps its trace.
try
{
    var app = DowelServer.Build(args);
    await app.PrepareDowelAsync();
    await app.StartAsync();
    await DowelServer.AnnounceAsync(app);
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (StartMistakes.Explain(e) is { } mistake)
{
    Console.Error.WriteLine($"dowel: {mistake}");
    return 2;
}
