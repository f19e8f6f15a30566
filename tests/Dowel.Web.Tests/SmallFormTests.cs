using Dowel.Web.Pages.Home;
using Dowel.Web.Pages.Models;
using Dowel.Web.Session;
using Dowel.Web.Shell;

namespace Dowel.Web.Tests;

public sealed class SmallFormTests
{
    [Fact]
    public void Tags_are_read_as_they_are_written()
    {
        var tags = new Dictionary<string, string> { ["team"] = "growth", ["note"] = "a=b", ["empty"] = "" };
        Assert.True(TagText.TryRead(TagText.Write(tags), out var read, out _));
        Assert.Equal(tags, read);
    }

    [Theory]
    [InlineData("=x")]
    [InlineData("a=1\na=2")]
    public void Says_what_is_wrong_with_tags(string text)
    {
        Assert.False(TagText.TryRead(text, out _, out var wrong));
        Assert.NotEmpty(wrong);
    }

    [Fact]
    public void Bounds_are_read_as_they_are_written()
    {
        MetricBound[] bounds = [new("auc", 0.8), new("log_loss", null, 0.5), new("f1", 0.5, 0.99)];
        Assert.True(MetricBounds.TryRead(MetricBounds.Write(bounds), out var read, out _));
        Assert.Equal(bounds, read);
        Assert.True(MetricBounds.TryRead("auc≥0.8\n\n  f1 <= 1 ", out read, out _));
        Assert.Equal([new MetricBound("auc", 0.8), new MetricBound("f1", null, 1)], read);
    }

    [Theory]
    [InlineData("auc > 0.8")]
    [InlineData("auc >= good")]
    [InlineData(">= 0.8")]
    [InlineData("auc >= NaN")]
    public void Says_what_is_wrong_with_a_bound(string text)
    {
        Assert.False(MetricBounds.TryRead(text, out _, out var wrong));
        Assert.Contains(text, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void Rooms_that_are_off_vanish()
    {
        var me = new Me { Rooms = [new RoomInfo("Catalog", true, ""), new RoomInfo("Registry", false, "Rooms__Registry=true")] };
        Assert.True(me.HasRoom("catalog"));
        Assert.False(me.HasRoom("Registry"));
        Assert.False(me.HasRoom("Serving"));
        Assert.Equal(["Get data"], HomeSteps.For(me, new HomeFigures()).Select(s => s.Title));
    }

    [Theory]
    [InlineData("/datasets", "Catalog")]
    [InlineData("datasets/ds_1?tab=query", "Catalog")]
    [InlineData("runs/run_1", "Experiments")]
    [InlineData("logged-models/m-1", "Experiments")]
    [InlineData("bin", "Experiments")]
    [InlineData("/", null)]
    [InlineData("projects/datasets", null)]
    public void A_page_belongs_to_its_room(string path, string? room) => Assert.Equal(room, NavItem.RoomOf(path));

    [Theory]
    [InlineData(Permission.Use, false, false)]
    [InlineData(Permission.Read, true, true)]
    [InlineData(Permission.Edit, false, true)]
    public void Editors_and_auditors_see_all_predictions(Permission access, bool auditor, bool all)
        => Assert.Equal(all, new Me { User = new User { IsAuditor = auditor } }.SeesAllPredictions(new Endpoint { Access = access }));

    [Fact]
    public void The_home_page_says_what_is_there()
    {
        var steps = HomeSteps.For(new Me(), new HomeFigures { Datasets = "1", Experiments = "2", Runs = 7, Endpoints = "1", Ready = 1, FirstEndpoint = "ep_1" });
        Assert.Equal(5, steps.Count);
        Assert.Equal("1 dataset", steps[0].There);
        Assert.Equal("2 experiments, 7 runs", steps[2].There);
        Assert.Equal("endpoints/ep_1", steps[4].NextHref);
        Assert.Null(steps[1].There);
    }
}

public sealed class CodeTests
{
    [Theory]
    [InlineData("titanic", "titanic")]
    [InlineData("my table", "'my table'")]
    [InlineData("$(rm -rf ~)", "'$(rm -rf ~)'")]
    [InlineData("a'; rm -rf ~; '", "'a'\\''; rm -rf ~; '\\'''")]
    [InlineData("", "''")]
    public void A_name_stays_one_word_of_the_shell(string name, string word) => Assert.Equal(word, Code.Shell(name));

    [Theory]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("line\nnext\u0007", "\"line\\nnext\\u0007\"")]
    public void A_name_stays_one_string_of_CSharp(string name, string literal) => Assert.Equal(literal, Code.CSharp(name));
}
