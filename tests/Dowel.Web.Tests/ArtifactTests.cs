using Dowel.Web.Pages.Experiments;

namespace Dowel.Web.Tests;

public sealed class ArtifactTests
{
    [Theory]
    [InlineData("""{"points":[{"x":0,"y":0,"threshold":"Infinity"},{"x":0.1,"y":0.7,"threshold":0.5},{"x":1,"y":1}]}""")]
    [InlineData("""[{"threshold":"Infinity","falsePositiveRate":0,"truePositiveRate":0},{"threshold":0.5,"falsePositiveRate":0.1,"truePositiveRate":0.7},{"falsePositiveRate":1,"truePositiveRate":1}]""")]
    public void Draws_a_ROC_curve_with_the_line_of_chance(string json)
    {
        var chart = ArtifactChart.TryRead("evaluation/roc_curve.json", json);
        Assert.Equal([0.0, 0.7, 1.0], chart!.Model!.Series[0].Y);
        Assert.Equal([0.0, 0.1, 1.0], chart.Model.Series[0].X);
        Assert.Equal("chance", chart.Model.Series[1].Name);
    }

    [Fact]
    public void Draws_precision_over_recall()
    {
        var chart = ArtifactChart.TryRead("precision_recall_curve.json", """[{"threshold":0.5,"precision":0.8,"recall":0.6}]""");
        Assert.Equal([0.6], chart!.Model!.Series[0].X);
        Assert.Equal([0.8], chart.Model.Series[0].Y);
    }

    [Theory]
    [InlineData("""{"labels":["0","1"],"matrix":[[700,100],[120,380]]}""")]
    [InlineData("""{"trueNegatives":700,"falsePositives":100,"falseNegatives":120,"truePositives":380}""")]
    public void Shows_a_confusion_matrix_with_truth_in_the_rows(string json)
    {
        var chart = ArtifactChart.TryRead("confusion_matrix.json", json);
        Assert.Equal([700, 100], chart!.Matrix![0]);
        Assert.Equal([120, 380], chart.Matrix[1]);
    }

    [Theory]
    [InlineData("""{"features":[{"name":"age","importance":0.02,"std":0.01},{"name":"title","importance":0.1,"std":0.01}]}""")]
    [InlineData("""[{"feature":"age","aucDrop":0.02,"deviation":0.01},{"feature":"title","aucDrop":0.1,"deviation":0.01}]""")]
    public void Ranks_importance(string json) => Assert.Equal(["title", "age"], ArtifactChart.TryRead("permutation_importance.json", json)!.Model!.Series[0].X);

    [Theory]
    [InlineData("roc_curve.json", "not json")]
    [InlineData("roc_curve.json", "{}")]
    [InlineData("roc_curve.json", "[]")]
    [InlineData("roc_curve.json", "[1,2]")]
    [InlineData("roc_curve.json", "null")]
    [InlineData("confusion_matrix.json", """{"labels":["a","b"],"matrix":[[1]]}""")]
    [InlineData("permutation_importance.json", """{"features":[{"importance":"x"}]}""")]
    [InlineData("metrics.json", """{"points":[]}""")]
    public void A_file_that_is_not_what_its_name_promises_is_not_drawn(string path, string json) => Assert.Null(ArtifactChart.TryRead(path, json));

    [Fact]
    public void Reads_CSV_with_quotes_line_ends_and_missing_values()
    {
        var (table, cut) = PreviewContent.Csv("name,age\r\n\"Allen, \"\"Beth\"\"\n2\",29\r\nMoran,\r\n\"\",1\n", ',', whole: true);
        Assert.False(cut);
        Assert.Equal(["name", "age"], table.Columns.Select(c => c.Name));
        Assert.Equal("float64", table.Columns[1].Type);
        Assert.Equal(["Allen, \"Beth\"\n2", "29"], table.Rows[0]);
        Assert.Null(table.Rows[1][1]);
        Assert.Equal("", table.Rows[2][0]);
    }

    [Fact]
    public void A_table_of_measurements_stands_as_numbers_without_a_useless_tail()
    {
        var (table, _) = PreviewContent.Csv("threshold,rate,id,word\nInfinity,0.010638297872340425,12345678901,inf\n0.9,-NaN,2,x\n", ',', whole: true);
        Assert.Equal(["float64", "float64", "float64", "string"], table.Columns.Select(c => c.Type));
        Assert.Equal(["Infinity", "0.010638", "12345678901", "inf"], table.Rows[0].Select(Formats.Cell));
        Assert.Equal("0.9", Formats.Cell(table.Rows[1][0]));
    }

    [Fact]
    public void A_cut_file_loses_its_broken_last_row_and_long_ones_end()
    {
        var (table, cut) = PreviewContent.Csv("a,b\n1,2\n3,", ',', whole: false);
        Assert.True(cut);
        Assert.Single(table.Rows);
        var (many, more) = PreviewContent.Csv("n\n" + string.Join('\n', Enumerable.Range(0, 2000)), ',', whole: true);
        Assert.True(more);
        Assert.Equal(500, many.Rows.Count);
        Assert.Empty(PreviewContent.Csv("", ',', whole: true).Table.Columns);
    }

    [Fact]
    public void Previews_text_and_never_binaries()
    {
        Assert.True(PreviewContent.IsImage("a/b.PNG"));
        Assert.False(PreviewContent.IsImage("a/b.svg"));
        Assert.Null(PreviewContent.Of("a.txt", "PK\0\0", true).Text);
        Assert.Contains("\n", PreviewContent.Of("a.json", """{"a":1}""", true).Text, StringComparison.Ordinal);
        Assert.Equal("{broken", PreviewContent.Of("a.json", "{broken", true).Text);
    }

    [Theory]
    [InlineData("""{"columns":["id","score","why"],"data":[[1,0.5,"a"],[2,0.25,null]]}""")]
    [InlineData("""[{"id":1,"score":0.5,"why":"a"},{"id":2,"score":0.25}]""")]
    public void Shows_JSON_tables_as_tables(string json)
    {
        var table = PreviewContent.Of("eval_results_table.json", json, whole: true).Table!;
        Assert.Equal(["id", "score", "why"], table.Columns.Select(c => c.Name));
        Assert.Equal(["float64", "float64", "string"], table.Columns.Select(c => c.Type));
        Assert.Equal([2L, 0.25, null], table.Rows[1]);
    }

    [Theory]
    [InlineData("""{"columns":1,"data":[]}"""), InlineData("""{"columns":[],"data":[1]}"""), InlineData("[]"), InlineData("[1]"), InlineData("""{"a":1}"""), InlineData("no json")]
    public void Other_JSON_stays_text(string json)
    {
        var preview = PreviewContent.Of("x.json", json, whole: true);
        Assert.Null(preview.Table);
        Assert.NotNull(preview.Text);
    }

    [Fact]
    public void Documents_come_under_a_policy_that_lets_nothing_in()
    {
        var preview = PreviewContent.Of("report.html", "<p>x</p>", whole: true);
        Assert.StartsWith("<!DOCTYPE html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';", preview.Html, StringComparison.Ordinal);
        Assert.Null(preview.Text);
        Assert.True(PreviewContent.Of("report.html", "<p>x</p>", whole: false) is { Html: null, Cut: true, IsNothing: true });
        Assert.StartsWith("data:image/svg+xml;base64,", PreviewContent.Of("plot.svg", "<svg/>", whole: true).Image, StringComparison.Ordinal);
    }
}
