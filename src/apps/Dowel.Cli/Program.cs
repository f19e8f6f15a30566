using System.Runtime.InteropServices;
using Dowel.Cli;

// Ctrl-C and SIGTERM ask the command to end; a second one ends the process at once.
using var stop = new CancellationTokenSource();
var asked = 0;
void OnSignal(PosixSignalContext context)
{
    if (Interlocked.Increment(ref asked) > 1)
    {
        ChildProcess.KillAll();
        return;
    }
    context.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
return await DowelCli.RunAsync(args, CliHost.OfProcess(), stop.Token);
