using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>What endpoints have besides their deployment: features, limits, and whether to wait.</summary>
internal sealed class EndpointOptions
{
    private readonly Option<string?> features = new("--features") { Description = "The feature view that it joins by itself.", HelpName = "view" };
    private readonly Option<MissingFeaturesPolicy?> onMissing = new("--on-missing") { Description = "What to do for an entity without features: refuse (error) or use defaults.", HelpName = "error|defaults" };
    private readonly Option<double?> rps = new("--rps") { Description = "Requests a second at most, of all callers together; what is above gets 429.", HelpName = "n" };
    private readonly Option<int?> concurrency = new("--max-concurrency") { Description = "Requests under way at once at most, of all callers together.", HelpName = "n" };
    private readonly Option<bool> noWait = new("--no-wait") { Description = "Do not wait until it is ready." };

    public EndpointOptions(Command command)
    {
        foreach (var option in new Option[] { features, onMissing, rps, concurrency, noWait }) command.Options.Add(option);
    }

    public FeatureJoin? Features(ParseResult args, FeatureJoin? given)
    {
        if (args.GetValue(features) is { } view) return new FeatureJoin { View = view, OnMissing = args.GetValue(onMissing) ?? given?.OnMissing ?? MissingFeaturesPolicy.Error };
        if (args.GetValue(onMissing) is not { } policy) return given;
        return given is null ? throw CliException.Usage("--on-missing needs --features.") : given with { OnMissing = policy };
    }

    public async Task<EndpointLimits?> LimitsAsync(ParseResult args, EndpointLimits? given, Func<Task<EndpointLimits?>> current)
    {
        if (args.GetValue(rps) is null && args.GetValue(concurrency) is null) return given;
        var old = given ?? await current() ?? new EndpointLimits();
        return old with { RequestsPerSecond = args.GetValue(rps) ?? old.RequestsPerSecond, MaxConcurrency = args.GetValue(concurrency) ?? old.MaxConcurrency };
    }

    public async Task<Endpoint> ReadyAsync(CliSession session, ParseResult args, Endpoint endpoint, CancellationToken cancellationToken) =>
        args.GetValue(noWait) ? endpoint : await session.Client.Endpoints.WaitUntilReadyAsync(endpoint.Id, cancellationToken);
}
