namespace Dowel.Web.Tests;

public sealed class LineDiffTests
{
    private static string Text(IReadOnlyList<DiffLine> lines) => string.Join('|', lines.Select(l => l.Change + l.Text));

    private static string Marked(DiffLine line) => line.Parts is null ? line.Text : string.Concat(line.Parts.Select(p => p.Changed ? $"[{p.Text}]" : p.Text));

    [Theory]
    [InlineData("a\nb\nc", "a\nx\nc", " a|-b|+x| c")]
    [InlineData("a\nb", "a\nb\nc", " a| b|+c")]
    [InlineData(null, "a", "+a")]
    [InlineData("a", "", "-a")]
    [InlineData("a\r\nb", "a\nb", " a| b")]
    [InlineData("", "", "")]
    [InlineData("a\nb\nc\nd", "b\nd\ne", "-a| b|-c| d|+e")]
    [InlineData("a\n\nb", "a\n\nc\n", " a| |-b|+c|+")]
    public void Texts_are_compared_line_by_line(string? before, string? after, string expected) => Assert.Equal(expected, Text(LineDiff.Of(before, after)));

    [Fact]
    public void Both_texts_can_be_read_from_the_comparison()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            string Any() => string.Join('\n', Enumerable.Range(0, random.Next(1, 12)).Select(_ => "xyz "[random.Next(4)] + " " + random.Next(4)));
            var (before, after) = (Any(), Any());
            var lines = LineDiff.Of(before, after);
            Assert.Equal(before, string.Join('\n', lines.Where(l => l.Change != '+').Select(l => l.Text)));
            Assert.Equal(after, string.Join('\n', lines.Where(l => l.Change != '-').Select(l => l.Text)));
            Assert.All(lines.Where(l => l.Parts is not null), l => Assert.Equal(l.Text, string.Concat(l.Parts!.Select(p => p.Text))));
        }
    }

    [Fact]
    public void Lines_that_are_much_alike_are_compared_word_by_word()
    {
        var lines = LineDiff.Of("Answer in two sentences.", "Answer in three sentences.");
        Assert.Equal(["Answer in [two] sentences.", "Answer in [three] sentences."], lines.Select(Marked));
        Assert.All(LineDiff.Of("Answer in two sentences.", "Whatever else there is"), l => Assert.Null(l.Parts));
        Assert.All(LineDiff.Of("same", "same"), l => Assert.Null(l.Parts));
    }

    [Fact]
    public void Very_long_texts_are_shown_as_replaced()
    {
        string Many(char kind) => string.Join('\n', Enumerable.Range(0, 50_000).Select(i => $"{kind}{i}"));
        Assert.Equal(100_000, LineDiff.Of(Many('a'), Many('b')).Count);
        var line = string.Join(' ', Enumerable.Range(0, 20_000));
        Assert.Equal(["-", "+"], LineDiff.Of(line + " a", line + " b").Select(l => $"{l.Change}{(l.Parts is null ? "" : "parts")}"));
    }
}
