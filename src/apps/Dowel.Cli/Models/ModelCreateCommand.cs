using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>Makes a model.</summary>
internal sealed class ModelCreateCommand : ClientCommand
{
    private readonly Argument<string> name = new("name") { Description = "Its name." };
    private readonly Option<string?> gate = new("--gate") { Description = "A JSON file with the validation gate; default signature and input example before 'production'.", HelpName = "file" };
    private readonly ResourceOptions resource;

    public ModelCreateCommand(CliHost host) : base(host, "create", "Make a registered model, without versions at first.", "dowel model create titanic-survival --description 'Who survives?'", "dowel model create titanic-survival --gate gate.json")
    {
        Arguments.Add(name);
        Options.Add(gate);
        resource = new ResourceOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var made = await session.Client.Models.CreateAsync(
            new CreateModel
            {
                Name = args.GetValue(name)!,
                Project = resource.Project(args),
                Description = resource.Description(args),
                Owner = resource.Owner(args),
                Tags = resource.Tags(args),
                Gate = args.GetValue(gate) is { } file ? await JsonFile.ReadAsync<ValidationGate>(Host, file, cancellationToken) : null,
            },
            cancellationToken);
        return session.Output.Done($"Created model {made.Project}.{made.Name}.", made);
    }
}
