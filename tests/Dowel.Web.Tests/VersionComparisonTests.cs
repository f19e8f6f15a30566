using Dowel.Web.Pages.Models;

namespace Dowel.Web.Tests;

public sealed class VersionComparisonTests
{
    private static readonly Dictionary<string, Run> noRuns = [];

    private static VersionRow Row(IReadOnlyList<VersionSection> sections, string section, string name) => sections.Single(s => s.Title == section).Rows.Single(r => r.Name == name);

    private static ModelVersion Measured(int number, params (string Name, double Value)[] metrics) => new() { Version = number, Metrics = metrics.ToDictionary(m => m.Name, m => m.Value) };

    private static ModelSignature Signature(params TensorSpec[] inputs) => new() { Inputs = inputs, Outputs = [new() { Name = "y" }] };

    [Fact]
    public void Shows_where_versions_differ()
    {
        ModelVersion one = new() { Version = 1, RunId = "r1", Flavor = "mlnet", Metrics = new Dictionary<string, double> { ["auc"] = 0.80001 }, TrainingData = ["dataset:titanic@1"], Files = [new("model.zip", false, 10, "aa")] };
        var two = one with { Version = 2, RunId = "r2", Metrics = new Dictionary<string, double> { ["auc"] = 0.80002, ["f1"] = 0.7 }, TrainingData = ["dataset:titanic@2"], Files = [new("model.zip", false, 10, "bb")] };
        var runs = new Dictionary<string, Run> { ["r1"] = new() { Params = new Dictionary<string, string> { ["trees"] = "9" } }, ["r2"] = new() };
        var sections = VersionTable.Of([one, two], runs);
        Assert.False(Row(sections, "Version", "flavor").Differs);
        // The same to the reader, and yet not the same.
        Assert.True(Row(sections, "Metrics", "auc").Differs);
        Assert.Null(Row(sections, "Metrics", "f1").Cells[0].Text);
        Assert.Equal(["9", null], Row(sections, "Params of the run", "trees").Cells.Select(c => c.Text));
        Assert.True(Row(sections, "Params of the run", "trees").Differs);
        Assert.Equal(["version 1", "version 2"], Row(sections, "Learned from", "dataset:titanic").Cells.Select(c => c.Text));
        Assert.True(Row(sections, "Files", "model.zip").Differs);
        Assert.DoesNotContain(sections, s => s.Title is "Tags" or "Prompt" or "Code" or "Gate");
    }

    [Fact]
    public void What_may_not_be_seen_says_nothing_of_how_versions_differ()
    {
        var runs = new Dictionary<string, Run> { ["r1"] = new() { Params = new Dictionary<string, string> { ["trees"] = "9" }, Tags = new Dictionary<string, string> { ["mlflow.source.git.commit"] = "0123456789abcdef" } } };
        var sections = VersionTable.Of([new() { Version = 1, RunId = "r1" }, new() { Version = 2, RunId = "r2" }], runs);
        var trees = Row(sections, "Params of the run", "trees");
        Assert.True(trees.Cells[1].IsHidden);
        Assert.False(trees.Differs);
        Assert.Equal("0123456789", Row(sections, "Code", "revision").Cells[0].Text);
        Assert.False(Row(sections, "Code", "revision").Differs);
        Assert.Null(Row(sections, "Version", "run").Cells[1].Href);
        Assert.Equal("runs/r1", Row(sections, "Version", "run").Cells[0].Href);
    }

    [Fact]
    public void The_best_of_each_metric_is_marked_and_each_says_how_far_it_is_from_the_first()
    {
        var sections = VersionTable.Of([Measured(1, ("auc", 0.8), ("log_loss", 0.4), ("cost", 5), ("same", 1)), Measured(2, ("auc", 0.85), ("log_loss", 0.45), ("cost", 4), ("same", 1)), Measured(3, ("auc", double.NaN), ("log_loss", 0.4), ("same", 1))],
            noRuns, new ValidationGate { Metrics = [new("cost", Max: 6)] });
        var auc = Row(sections, "Metrics", "auc");
        Assert.Equal([false, true, false], auc.Cells.Select(c => c.IsBest));
        Assert.Equal([null, "+0.05", null], auc.Cells.Select(c => c.Note));
        Assert.Equal(Tone.Good, auc.Cells[1].NoteTone);
        var loss = Row(sections, "Metrics", "log_loss");
        Assert.Equal([true, false, true], loss.Cells.Select(c => c.IsBest));
        Assert.Equal((Tone.Bad, "+0.05"), (loss.Cells[1].NoteTone, loss.Cells[1].Note));
        // A gate that bounds a metric from above says that less is better.
        Assert.True(Row(sections, "Metrics", "cost").Cells[1].IsBest);
        Assert.Equal((Tone.Good, "\u22121"), (Row(sections, "Metrics", "cost").Cells[1].NoteTone, Row(sections, "Metrics", "cost").Cells[1].Note));
        Assert.DoesNotContain(Row(sections, "Metrics", "same").Cells, c => c.IsBest || c.Note is not null);
    }

    [Fact]
    public void Says_what_changed_of_the_inputs_and_outputs()
    {
        TensorSpec age = new() { Name = "age", Datatype = "FP64" }, sex = new() { Name = "sex", Datatype = "BYTES" };
        ModelVersion one = new() { Version = 1, Signature = Signature(age, sex) };
        ModelVersion two = new() { Version = 2, Signature = Signature(age with { Datatype = "FP32" }, new() { Name = "deck", Datatype = "BYTES", Optional = true, Values = ["A", "B"] }, new() { Name = "fare" }) with { Outputs = [] } };
        var sections = VersionTable.Of([one, two, new() { Version = 3 }], noRuns);
        Assert.Equal(["age", "sex", "deck", "fare"], sections.Single(s => s.Title == "Inputs").Rows.Select(r => r.Name));
        VersionCell Second(string name) => Row(sections, "Inputs", name).Cells[1];
        Assert.Equal(("changed", Tone.Warn), (Second("age").Note, Second("age").NoteTone));
        Assert.Equal(("gone", Tone.Bad), (Second("sex").Note, Second("sex").NoteTone));
        // Whoever calls the first version goes on without an optional input, but not without another.
        Assert.Equal(("new", Tone.Good), (Second("deck").Note, Second("deck").NoteTone));
        Assert.Equal(("new, required", Tone.Warn), (Second("fare").Note, Second("fare").NoteTone));
        Assert.Equal("BYTES [-1], optional, one of A, B", Second("deck").Text);
        Assert.Equal("gone", Row(sections, "Outputs", "y").Cells[1].Note);
        // A version without a signature says nothing of what it takes.
        Assert.All(sections.Where(s => s.Title is "Inputs" or "Outputs").SelectMany(s => s.Rows), r => Assert.Null(r.Cells[2].Note));
    }

    [Fact]
    public void Gates_are_compared_check_by_check()
    {
        GateResult Result(bool passed, string auc) => new() { Passed = passed, Checks = [new("metric auc", passed, auc, "at least 0.8"), new("load", true, "loaded", "a model")] };
        var sections = VersionTable.Of([new() { Version = 1, Gate = Result(true, "0.9") }, new() { Version = 2, Gate = Result(false, "0.7") }, new() { Version = 3 }], noRuns);
        Assert.Equal(["passed", "refused", null], Row(sections, "Gate", "result").Cells.Select(c => c.Text));
        Assert.Equal([true, false, null], Row(sections, "Gate", "metric auc").Cells.Select(c => c.Passed));
        Assert.Equal(["result", "metric auc", "load"], sections.Single(s => s.Title == "Gate").Rows.Select(r => r.Name));
    }

    [Fact]
    public void Sources_are_shown_where_no_run_says_them_and_prompts_by_what_they_take()
    {
        ModelVersion Prompt(int number, string text) => new() { Version = number, Source = "prompt-template", Tags = new Dictionary<string, string> { ["mlflow.prompt.text"] = text, ["mlflow.prompt.is_prompt"] = "true", ["by"] = "ann" } };
        var prompts = VersionTable.Of([Prompt(1, "Hi {{a}}"), Prompt(2, "Hi {{a}} and {{b}}")], noRuns);
        Assert.Equal(["a", "a, b"], Row(prompts, "Prompt", "variables").Cells.Select(c => c.Text));
        Assert.False(Row(prompts, "Prompt", "kind").Differs);
        Assert.Equal(["by"], prompts.Single(s => s.Title == "Tags").Rows.Select(r => r.Name));
        Assert.DoesNotContain(prompts.SelectMany(s => s.Rows), r => r.Name == "source");
        var models = VersionTable.Of([new() { Version = 1, RunId = "r1", Source = "runs:/r1/model" }, new() { Version = 2, Source = "s3://models/m" }], noRuns);
        Assert.Equal([null, "s3://models/m"], Row(models, "Version", "source").Cells.Select(c => c.Text));
    }

    [Theory]
    [InlineData(null, "3,5")]
    [InlineData("5,1", "5,1")]
    [InlineData("1,2,3,4,5,6,7", "1,2,3,4,5")]
    [InlineData("x,9,0,-1", "3,5")]
    [InlineData("4", "4,3")]
    public void The_address_says_which_versions_are_compared(string? text, string expected) =>
        Assert.Equal(expected, string.Join(',', VersionComparison.Numbers(text, new RegisteredModel { LatestVersion = 5, Aliases = new Dictionary<string, int> { ["production"] = 3 } })));

    [Fact]
    public void A_select_offers_the_newest_versions_and_those_that_are_chosen()
    {
        Assert.Equal([3, 2, 1], VersionNumbers.Of(new RegisteredModel { LatestVersion = 3 }));
        Assert.Empty(VersionNumbers.Of(new RegisteredModel()));
        var many = VersionNumbers.Of(new RegisteredModel { LatestVersion = 5000 }, 7);
        Assert.Equal((5000, 4801, 7, 201), (many[0], many[199], many[^1], many.Count));
    }
}
