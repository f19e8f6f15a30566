using System.CommandLine;
using Dowel.Contracts;

namespace Dowel.Cli.Datasets;

/// <summary>Makes a dataset without rows.</summary>
internal sealed class DatasetCreateCommand : ClientCommand
{
    private readonly Argument<string> name = new("name") { Description = "Its name." };
    private readonly ResourceOptions resource;

    public DatasetCreateCommand(CliHost host) : base(host, "create", "Make a dataset, empty at first.", "dowel dataset create titanic --description 'Passengers of the Titanic' --tag source=vanderbilt")
    {
        Arguments.Add(name);
        resource = new ResourceOptions(this);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var made = await session.Client.Datasets.CreateAsync(
            new CreateDataset { Name = args.GetValue(name)!, Project = resource.Project(args), Description = resource.Description(args), Owner = resource.Owner(args), Tags = resource.Tags(args) },
            cancellationToken);
        return session.Output.Done($"Created dataset {made.Project}.{made.Name}.", made);
    }
}
