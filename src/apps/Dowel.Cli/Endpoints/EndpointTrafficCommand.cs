using System.CommandLine;
using System.Globalization;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Divides an endpoint's traffic among its deployments.</summary>
internal sealed class EndpointTrafficCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly Argument<string[]> shares = new("shares") { Description = "Each deployment's share in percent, 100 in all; one that is left out gets none.", HelpName = "name=percent", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> remove = new("--remove") { Description = "Let go of a deployment without traffic; may be repeated.", HelpName = "name" };

    public EndpointTrafficCommand(CliHost host) : base(
        host, "traffic", "Divide an endpoint's traffic among deployments that stand beside each other ('dowel endpoint update --beside' makes one).",
        "dowel endpoint traffic titanic-survival v1=90 v2=10",
        "dowel endpoint traffic titanic-survival v2=100 --remove v1")
    {
        Arguments.Add(endpoint);
        Arguments.Add(shares);
        Options.Add(remove);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var traffic = Lines.PairsOrNull(args.GetValue(shares), "a share")?.ToDictionary(p => p.Key,
            p => int.TryParse(p.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var percent) ? percent : throw CliException.Usage($"'{p.Key}={p.Value}' is no share: a whole number of percent is wanted, such as {p.Key}=10."));
        if (traffic is null && args.GetValue(remove) is not { Length: > 0 }) throw CliException.Usage("Give shares, such as v1=90 v2=10, or --remove.");
        var changed = await session.Client.Endpoints.UpdateAsync(args.GetValue(endpoint)!, new PatchEndpoint { Traffic = traffic, RemoveDeployments = args.GetValue(remove) is { Length: > 0 } names ? names : null }, cancellationToken: cancellationToken);
        return session.Output.Done($"Endpoint {changed.Name}: {string.Join(", ", changed.Deployments.Select(d => $"{d.Name} {d.Traffic} %"))}.", changed);
    }
}
