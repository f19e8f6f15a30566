using System.CommandLine;
using Dowel.Cli.Models;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Endpoints;

/// <summary>Shows an endpoint.</summary>
internal sealed class EndpointShowCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };

    public EndpointShowCommand(CliHost host) : base(host, "show", "Show an endpoint: its state, deployments, what to send, and the URL to send it to.", "dowel endpoint show titanic-survival") => Arguments.Add(endpoint);

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var found = await session.Client.Endpoints.GetAsync(args.GetValue(endpoint)!, cancellationToken);
        session.Output.Record(found, ResourceRows.Of(
            found,
            ("State", found.State),
            ("Prediction URL", found.PredictionPath.Length == 0 ? null : new Uri(session.Client.Address, found.PredictionPath.TrimStart('/')).AbsoluteUri),
            ("Joins features", found.Features is { } join ? $"{join.View} (unknown entity: {Cell.Of(join.OnMissing)})" : null),
            ("Limits", DeploymentText.Limits(found.Limits)),
            ("May be called by", DeploymentText.Ingress(found.Ingress)),
            ("Example", found.InputExample is { } example ? string.Join(' ', example.Select(i => $"--input {i.Key}={string.Join(',', i.Value.Select(Cell.Of))}")) : null)));
        session.Output.Section(
            "Deployments",
            found.Deployments,
            new Column<Deployment>("Name", d => d.Name),
            new Column<Deployment>("Serves", d => $"{DeploymentText.Serves(d)}{(d.Alias is null ? "" : $" ({d.Alias})")}"),
            new Column<Deployment>("Runtime", d => d.Runtime),
            new Column<Deployment>("Ready", d => $"{d.ReadyReplicas}/{d.Replicas}", Right: true),
            new Column<Deployment>("Traffic", d => $"{d.Traffic} %", Right: true),
            new Column<Deployment>("State", d => d.State),
            new Column<Deployment>("Message", d => d.Message));
        session.Output.Section(
            "Settings", [.. found.Deployments.SelectMany(d => DeploymentText.Settings(d).Select(text => (d.Name, Text: text)))],
            new Column<(string Name, string Text)>("Deployment", s => s.Name), new Column<(string Name, string Text)>("Set", s => s.Text));
        session.Output.Section("Send", found.Signature?.Inputs ?? [], SignatureColumns.All);
        session.Output.Section("Get", found.Signature?.Outputs ?? [], SignatureColumns.All);
        return ExitCodes.Ok;
    }
}
