using System.Text.Json;
using Dowel.Web.Pages.Models;

namespace Dowel.Web.Tests;

public sealed class ModelPageTests
{
    [Theory]
    [InlineData("a median of 1.23456 ms over 21 predictions", "a median of 1.2 ms over 21 predictions")]
    [InlineData("loaded in 12 ms", "loaded in 12.0 ms")]
    [InlineData("a median of 0.0123 ms over 20 predictions", "a median of under 0.1 ms over 20 predictions")]
    [InlineData("48 of 50 right", "48 of 50 right (96 %)")]
    [InlineData("0 of 0 right", "0 of 0 right")]
    [InlineData("at least 0.8612345678 (version 1 has 0.87)", "at least 0.8612 (version 1 has 0.87)")]
    [InlineData("the model v1.234567.8 said no", "the model v1.234567.8 said no")]
    public void Figures_of_checks_are_readable(string given, string shown) => Assert.Equal(shown, GateWords.Tidy(given));

    [Fact]
    public void Says_what_an_alias_still_needs()
    {
        var gate = new ValidationGate { Approvals = new ApprovalRule { Count = 2 } };
        var refused = new GateResult { Checks = [new("metric auc", false, "0.7", "at least 0.8"), new("approvals", false, "none", "2")] };
        Approval Said(string by, bool approved, bool counts = true) => new() { Alias = "production", By = by, Approved = approved, Counts = counts };
        Assert.Equal(["the gate has not been run", "2 more approvals"], GateWords.Missing(gate, "production", null, []));
        Assert.Equal(["metric auc fails", "1 more approval", "bo's rejection stands"], GateWords.Missing(gate, "Production", refused, [Said("ann", true), Said("bo", false), Said("cy", true, false)]));
        Assert.Empty(GateWords.Missing(gate, "production", new GateResult { Passed = true }, [Said("ann", true), Said("cy", true)]));
    }

    [Fact]
    public void Says_who_may_not_approve_and_why()
    {
        var version = new ModelVersion { CreatedBy = "ann" };
        Assert.NotNull(GateWords.WhyNot(new ApprovalRule(), version, "ann", Permission.Manage));
        Assert.Null(GateWords.WhyNot(new ApprovalRule { AllowCreator = true }, version, "ann", Permission.Manage));
        Assert.NotNull(GateWords.WhyNot(new ApprovalRule(), version, "bo", Permission.Edit));
        Assert.Null(GateWords.WhyNot(new ApprovalRule { By = ["bo"] }, version, "bo", Permission.Read));
        Assert.Contains("bo", GateWords.WhyNot(new ApprovalRule { By = ["bo"] }, version, "cy", Permission.Manage), StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_the_gate_is_shown_rule_by_rule()
    {
        string Json(ValidationGate gate) => JsonSerializer.Serialize(gate, DowelJson.Options);
        var lines = HistoryWords.Lines(new ModelChange { Kind = ModelChangeKind.Gate, From = Json(new()), To = Json(new() { Metrics = [new("auc", 0.8, Tolerance: 0.01)] }) })!;
        Assert.Equal(["auc at least 0.8", "auc no worse than the alias's holder by more than 0.01"], lines.Where(l => l.Change == '+').Select(l => l.Text));
        Assert.DoesNotContain(lines, l => l.Change == '-');
        Assert.Null(HistoryWords.Lines(new ModelChange { Kind = ModelChangeKind.Description, From = "a", To = "b" }));
        Assert.Equal("version 2", HistoryWords.Side(new ModelChange { Kind = ModelChangeKind.Alias }, "2"));
    }

    [Theory]
    [InlineData("auc >= holder - 0.01", 0.01, false)]
    [InlineData("log_loss <= holder + 0.02", 0.02, true)]
    [InlineData("auc >= holder", 0.0, false)]
    public void Bounds_by_the_holder_are_read(string text, double tolerance, bool lowerIsBetter)
    {
        Assert.True(MetricBounds.TryRead(text, out var bounds, out _));
        Assert.Equal((tolerance, lowerIsBetter), (bounds[0].Tolerance!.Value, bounds[0].LowerIsBetter));
        Assert.True(MetricBounds.TryRead(MetricBounds.Write(bounds), out var again, out _));
        Assert.Equal(bounds, again);
    }

    [Theory]
    [InlineData("auc >= holder + 0.01")]
    [InlineData("log_loss <= holder - 0.02")]
    [InlineData("auc >= holder -")]
    [InlineData("auc >= holders")]
    public void A_bound_on_the_wrong_side_of_the_holder_is_refused(string text) => Assert.False(MetricBounds.TryRead(text, out _, out _));

    [Theory]
    [InlineData("https://example.org/run/1", true)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("run 7", false)]
    public void Only_addresses_of_the_web_become_links(string text, bool isLink) => Assert.Equal(isLink, VersionDetail.SafeLink(text) is not null);
}
