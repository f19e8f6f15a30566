using System.CommandLine;
using System.CommandLine.Help;
using Dowel.Cli.Access;
using Dowel.Cli.Audit;
using Dowel.Cli.Batch;
using Dowel.Cli.Completion;
using Dowel.Cli.Datasets;
using Dowel.Cli.Endpoints;
using Dowel.Cli.Experiments;
using Dowel.Cli.Features;
using Dowel.Cli.Import;
using Dowel.Cli.Local;
using Dowel.Cli.Models;
using Dowel.Cli.Monitoring;
using Dowel.Cli.Packaging;
using Dowel.Cli.Projects;
using Dowel.Cli.Sharing;
using Dowel.Cli.Users;

namespace Dowel.Cli;

/// <summary>The whole tree of commands.</summary>
internal static class DowelRoot
{
    public static RootCommand Build(CliHost host)
    {
        var root = new RootCommand("Dowel: from an idea to a watched model, on one machine or many.")
        {
            new UpCommand(host),
            new DemoCommand(host),
            new LoginCommand(host),
            new LogoutCommand(host),
            new WhoAmICommand(host),
            new Group("user", "Users of the server.") { new UserListCommand(host), new UserCreateCommand(host), new UserDisableCommand(host), new UserEnableCommand(host), new UserLinkCommand(host) },
            new Group("token", "Your API tokens.") { new TokenListCommand(host), new TokenCreateCommand(host), new TokenRevokeCommand(host) },
            new Group("project", "Projects and their members.")
            {
                new ProjectListCommand(host), new ProjectCreateCommand(host), new ProjectShowCommand(host), new ProjectDeleteCommand(host),
                new Group("member", "Members of a project.") { new MemberListCommand(host), new MemberAddCommand(host), new MemberRemoveCommand(host) },
            },
            new Group("dataset", "Datasets of the catalog.")
            {
                new DatasetListCommand(host), new DatasetCreateCommand(host), new DatasetUploadCommand(host), new DatasetShowCommand(host), new DatasetProfileCommand(host),
                new DatasetSampleCommand(host), new DatasetDownloadCommand(host), new DatasetDeleteCommand(host),
            },
            new QueryCommand(host),
            new Group("features", "Feature views: features of an entity over time.")
            {
                new FeaturesListCommand(host), new FeaturesShowCommand(host), new FeaturesCreateCommand(host), new FeaturesUpdateCommand(host), new FeaturesPushCommand(host),
                new FeaturesHistoricalCommand(host), new FeaturesOnlineCommand(host), new FeaturesDeleteCommand(host),
            },
            new Group("experiment", "Experiments: sets of runs.")
            {
                new ExperimentListCommand(host), new ExperimentCreateCommand(host), new ExperimentShowCommand(host), new ExperimentDeleteCommand(host),
            },
            new Group("run", "Runs: what was tried and what came out.")
            {
                new RunListCommand(host), new RunCreateCommand(host), new RunShowCommand(host), new RunLogCommand(host), new RunArtifactsCommand(host),
                new RunUploadCommand(host), new RunDownloadCommand(host), new RunDeleteCommand(host),
            },
            new Group("model", "Registered models, their versions and aliases.")
            {
                new ModelListCommand(host), new ModelShowCommand(host), new ModelCreateCommand(host), new ModelUpdateCommand(host), new ModelDeleteCommand(host),
                new Group("version", "Versions of a model.")
                {
                    new VersionListCommand(host), new VersionShowCommand(host), new VersionCreateCommand(host), new VersionUpdateCommand(host), new VersionStageCommand(host), new VersionDownloadCommand(host),
                    new VersionDeleteCommand(host),
                },
                new ModelGateCommand(host), new ModelValidateCommand(host), ApproveCommand.Approve(host), ApproveCommand.Reject(host), new ApprovalsCommand(host),
                new Group("alias", "Aliases: names that point at a version.") { new AliasSetCommand(host), new AliasDeleteCommand(host) },
                new ModelHistoryCommand(host), new ModelServeCommand(host), new ModelTestCommand(host),
            },
            new PackageCommand(host),
            new Group("import", "Bringing in what another server has.") { new ImportMlflowCommand(host) },
            new Group("endpoint", "Endpoints: stable names that answer predictions.")
            {
                new EndpointListCommand(host), new EndpointShowCommand(host), new EndpointCreateCommand(host), new EndpointUpdateCommand(host), new EndpointStopCommand(host),
                new EndpointStartCommand(host), new EndpointTrafficCommand(host), new EndpointLogsCommand(host), new EndpointShareCommand(host), new EndpointDeleteCommand(host),
            },
            new PredictCommand(host),
            new Group("batch", "Batch runs: an endpoint or a model version over a dataset into another.")
            {
                new BatchCreateCommand(host), new BatchListCommand(host), new BatchShowCommand(host), new BatchCancelCommand(host), new BatchResumeCommand(host), new BatchDeleteCommand(host),
            },
            new LogsCommand(host),
            new TrafficCommand(host),
            new QualityCommand(host),
            new TruthCommand(host),
            new DriftCommand(host),
            new ShareCommand(host),
            new LineageCommand(host),
            new Group("audit", "The audit trail.") { new AuditListCommand(host), new AuditVerifyCommand(host), new AuditExportCommand(host) },
            new RoomsCommand(host),
            new CompletionCommand(host),
        };
        root.Options.Add(GlobalOptions.Output);
        root.Options.Add(GlobalOptions.Server);
        root.Options.Add(GlobalOptions.Token);
        foreach (var help in root.Options.OfType<HelpOption>()) help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }
}
