using System.CommandLine;
using Dowel.Client.Monitoring;
using Dowel.Contracts;

namespace Dowel.Cli.Monitoring;

/// <summary>Tests for drift.</summary>
internal sealed class DriftCommand : ClientCommand
{
    private readonly Argument<string> endpoint = new("endpoint") { Description = "Name or id." };
    private readonly Option<string?> reference = new("--reference") { Description = $"The window to compare with; each side {Instants.Help}. Default: the windows of the last report, or the last day cut in the middle of its requests.", HelpName = "from..to" };
    private readonly Option<string?> current = new("--current") { Description = "The window to test.", HelpName = "from..to" };
    private readonly Option<double?> alpha = new("--alpha") { Description = "Significance level after correction; default 0.01.", HelpName = "p" };
    private readonly Option<bool> list = new("--list") { Description = "List the reports so far instead." };

    public DriftCommand(CliHost host) : base(
        host, "drift", "Test whether inputs, features and outputs of two windows come from the same distribution.", "dowel drift titanic-survival", "dowel drift titanic-survival --reference 7d..1d --current 1d..now", "dowel drift titanic-survival --list")
    {
        Arguments.Add(endpoint);
        Options.Add(reference);
        Options.Add(current);
        Options.Add(alpha);
        Options.Add(list);
    }

    protected override async Task<int> RunAsync(CliSession session, ParseResult args, CancellationToken cancellationToken)
    {
        var name = args.GetValue(endpoint)!;
        if (args.GetValue(list))
        {
            return session.Output.List(
                await session.Client.Monitoring.DriftReportsAsync(name, cancellationToken),
                "There are no drift reports.",
                new Column<DriftReport>("At", r => r.At),
                new Column<DriftReport>("By", r => r.By),
                new Column<DriftReport>("Reference rows", r => r.ReferenceRows, Right: true),
                new Column<DriftReport>("Current rows", r => r.CurrentRows, Right: true),
                new Column<DriftReport>("Drifted", r => r.Drifted ? string.Join(", ", r.Columns.Where(c => c.Drifted).Select(c => c.Column)) : "no"));
        }
        if (args.GetValue(reference) is null != args.GetValue(current) is null) throw CliException.Usage("Drift is tested between two windows.", "Give both --reference FROM..TO and --current FROM..TO, or neither.");
        var (before, now) = args.GetValue(reference) is null
            ? await session.Client.Monitoring.SuggestDriftWindowsAsync(name, (await session.Client.Monitoring.DriftReportsAsync(name, cancellationToken)).FirstOrDefault(), Host.Time, cancellationToken)
            : (Instants.Window(args.GetValue(reference), "--reference", Host.Time), Instants.Window(args.GetValue(current), "--current", Host.Time));
        if (before == now) throw new CliException($"There is too little in the log of '{name}' for two windows.", "Give --reference FROM..TO and --current FROM..TO.");
        var request = new DriftRequest { Reference = before, Current = now, Alpha = args.GetValue(alpha) };
        var report = await session.Client.Monitoring.DriftAsync(name, request, cancellationToken);
        session.Output.Record(
            report,
            ("Drifted", report.Drifted ? "yes" : "no"),
            ("Reference", $"{report.ReferenceRows} rows, {Cell.Of(report.Reference.From)} to {Cell.Of(report.Reference.To)}"),
            ("Current", $"{report.CurrentRows} rows, {Cell.Of(report.Current.From)} to {Cell.Of(report.Current.To)}"),
            ("Level", $"{Cell.Number(report.Alpha)} after {report.Correction} correction"));
        session.Output.Section(
            "Columns",
            report.Columns,
            new Column<ColumnDrift>("Column", c => c.Column),
            new Column<ColumnDrift>("Role", c => c.Role),
            new Column<ColumnDrift>("Drifted", c => c.Drifted ? "YES" : "no"),
            new Column<ColumnDrift>("Test", c => c.Test),
            new Column<ColumnDrift>("Statistic", c => c.Statistic, Right: true),
            new Column<ColumnDrift>("p", c => c.PValue, Right: true),
            new Column<ColumnDrift>("p corrected", c => c.AdjustedPValue, Right: true),
            new Column<ColumnDrift>("PSI", c => c.Psi, Right: true),
            new Column<ColumnDrift>("Reference", c => c.ReferenceSummary),
            new Column<ColumnDrift>("Current", c => c.CurrentSummary));
        return ExitCodes.Ok;
    }
}
