using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>How a deployment runs: scaling, batching, timeout, resources, Python.</summary>
internal sealed class SettingsOptions
{
    private readonly Option<int?> min = new("--min-replicas") { Description = "Let replicas follow the load: at least so many.", HelpName = "n" };
    private readonly Option<int?> max = new("--max-replicas") { Description = "Let replicas follow the load: at most so many; default 4.", HelpName = "n" };
    private readonly Option<bool> toZero = new("--scale-to-zero") { Description = "Let go of the model while nobody asks; the next request starts it." };
    private readonly Option<double?> target = new("--target-concurrency") { Description = "Requests under way that one replica is meant to have; default 4.", HelpName = "n" };
    private readonly Option<int?> batchSize = new("--batch-size") { Description = "Run requests that come together as one: rows in a batch at most.", HelpName = "rows" };
    private readonly Option<double?> batchWait = new("--batch-wait-ms") { Description = "How long the first request of a batch waits for others; default 5.", HelpName = "ms" };
    private readonly Option<double?> timeout = new("--timeout") { Description = "How long one request may take.", HelpName = "seconds" };
    private readonly Option<int?> memory = new("--memory-mb") { Description = "Memory of a replica that has a process of its own, in MiB.", HelpName = "MiB" };
    private readonly Option<double?> cpus = new("--cpus") { Description = "Processors of a container, such as 0.5.", HelpName = "n" };
    private readonly Option<int?> gpus = new("--gpus") { Description = "GPUs of a container; -1 for all.", HelpName = "n" };
    private readonly Option<string?> python = new("--python") { Description = "Interpreter, or folder of a virtual environment, on the server, for models in Python.", HelpName = "path" };
    private readonly Option<bool> install = new("--install-requirements") { Description = "Make a virtual environment of the model's requirements.txt." };

    public SettingsOptions(Command command)
    {
        foreach (var option in All) command.Options.Add(option);
    }

    private Option[] All => [min, max, toZero, target, batchSize, batchWait, timeout, memory, cpus, gpus, python, install];

    public bool IsGiven(ParseResult args) => All.Any(o => args.GetResult(o) is { Implicit: false });

    /// <summary>The settings with what the options say.</summary>
    public DeploymentSettings Read(ParseResult args, DeploymentSettings old)
    {
        if (args.GetValue(toZero) && args.GetValue(min) is > 0) throw CliException.Usage("--scale-to-zero and --min-replicas exclude each other.");
        int? least = args.GetValue(toZero) ? 0 : args.GetValue(min);
        var (scaling, batching, resources, interpreter) = (old.Scaling ?? new(), old.Batching ?? new(), old.Resources ?? new(), old.Python ?? new());
        return old with
        {
            TimeoutSeconds = args.GetValue(timeout) ?? old.TimeoutSeconds,
            Scaling = least is null && args.GetValue(max) is null && args.GetValue(target) is null
                ? old.Scaling
                : scaling with { Min = least ?? scaling.Min, Max = args.GetValue(max) ?? Math.Max(scaling.Max, least ?? 0), TargetConcurrency = args.GetValue(target) ?? scaling.TargetConcurrency },
            Batching = args.GetValue(batchSize) is null && args.GetValue(batchWait) is null
                ? old.Batching
                : batching with { MaxSize = args.GetValue(batchSize) ?? batching.MaxSize, MaxWaitMs = args.GetValue(batchWait) ?? batching.MaxWaitMs },
            Resources = args.GetValue(memory) is null && args.GetValue(cpus) is null && args.GetValue(gpus) is null
                ? old.Resources
                : resources with { MemoryMb = args.GetValue(memory) ?? resources.MemoryMb, Cpus = args.GetValue(cpus) ?? resources.Cpus, Gpus = args.GetValue(gpus) ?? resources.Gpus },
            Python = args.GetValue(python) is null && !args.GetValue(install)
                ? old.Python
                : interpreter with { Interpreter = args.GetValue(python) ?? interpreter.Interpreter, InstallRequirements = args.GetValue(install) || interpreter.InstallRequirements },
        };
    }
}
