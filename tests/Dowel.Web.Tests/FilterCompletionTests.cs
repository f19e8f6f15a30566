using Dowel.Web.Pages.Experiments;

namespace Dowel.Web.Tests;

public sealed class FilterCompletionTests
{
    private static readonly LoggedNames names = new() { Metrics = [new("val_auc", 3), new("a b", 1)], Params = [new("model", 3)], Tags = [new("team", 1)] };

    // The caret stands at '|'.
    private static FilterCompletion At(string text, Func<string, IReadOnlyList<string>>? values = null) => FilterCompletion.At(text.Replace("|", ""), text.IndexOf('|'), names, values);

    [Theory]
    [InlineData("|", "metrics.val_auc", 0)]
    [InlineData("metr|", "metrics.`a b`", 0)]
    [InlineData("auc|", "metrics.val_auc", 0)]
    [InlineData("stat|", "status", 0)]
    [InlineData("auc|", "run_name ILIKE '%auc%'", 0)]
    [InlineData("metrics.val_auc |", ">=", 16)]
    [InlineData("metrics.val_auc > 0.5 |", "AND", 22)]
    [InlineData("metrics.val_auc > 0.5 A|", "AND", 22)]
    [InlineData("metrics.val_auc > 0.5 AND par|", "params.model", 26)]
    [InlineData("params.model IS NOT NULL AND t|", "tags.team", 29)]
    [InlineData("params.model IN ('a', 'b') AND s|", "status", 31)]
    [InlineData("params.model L|", "LIKE", 13)]
    [InlineData("params.`a AND b` = 'x AND y' A|", "AND", 29)]
    [InlineData("status = |", "'FINISHED'", 9)]
    [InlineData("status = 'FI|", "'FINISHED'", 9)]
    [InlineData("par| > 3", "params.model", 0)]
    public void Completes_what_may_stand_at_the_caret(string text, string expected, int start)
    {
        var found = At(text);
        Assert.Contains(expected, found.Items.Select(i => i.Text));
        Assert.Equal(start, found.Start);
    }

    [Fact]
    public void Completes_the_values_of_params_and_tags()
    {
        var found = At("params.model = 'f|", of => of == "params.model" ? ["forest", "it's"] : []);
        Assert.Equal("params.model", found.ValueOf);
        Assert.Equal(["'forest'"], found.Items.Select(i => i.Text));
        Assert.Equal(["'it''s'"], At("params.model IN ('forest', 'i|", _ => ["forest", "it's"]).Items.Select(i => i.Text));
        Assert.Null(At("metrics.val_auc > |").ValueOf);
    }

    [Theory]
    [InlineData("("), InlineData(")))"), InlineData("= = ="), InlineData("'"), InlineData("metrics.a > > >"), InlineData("a IN ("), InlineData("a IN b"), InlineData("IS IS IS"), InlineData("a NOT "), InlineData("\"\"\"")]
    public void Nonsense_never_fails_at_any_caret(string text)
    {
        for (var i = -1; i <= text.Length + 1; i++) Assert.NotNull(FilterCompletion.At(text, i, names).Items);
    }
}
