namespace Dowel.Cli.Tests;

public sealed class CsvTests
{
    [Theory]
    [InlineData("a,b\n1,2\n", "a|b;1|2")]
    [InlineData("a,b\r\n1,2", "a|b;1|2")]
    [InlineData("\"a,\"\"x\",\"line\nbreak\"\n", "a,\"x|line\nbreak")]
    [InlineData("a,\n,b\n\n", "a|;|b")]
    [InlineData("\"\"\n", "")]
    [InlineData(",", "|")]
    [InlineData("", null)]
    public void Reads_what_the_standard_says(string text, string? expected)
    {
        var rows = Csv.Read(new StringReader(text), "test").Select(r => string.Join('|', r)).ToArray();

        Assert.Equal(expected is null ? [] : expected.Split(';'), rows);
    }

    [Fact]
    public void A_quotation_mark_left_open_is_told()
    {
        Assert.Throws<CliException>(() => Csv.Read(new StringReader("a\n\"b\n"), "test").ToList());
    }

    [Fact]
    public void A_row_of_another_length_is_told_with_its_number()
    {
        var e = Assert.Throws<CliException>(() => TableFile.FromCsv(new StringReader("a,b\n1,2\n3\n"), "x.csv"));

        Assert.Contains("row 3", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("int64", "1", "-2", "")]
    [InlineData("float64", "1", "2.5")]
    [InlineData("float64", "9223372036854775808")]
    [InlineData("string", "007", "1")]
    [InlineData("boolean", "true", "False")]
    [InlineData("timestamp", "2026-01-01", "2026-01-01T10:00:00Z")]
    [InlineData("string", "2026", "x")]
    [InlineData("string", "")]
    public void Infers_the_narrowest_type(string type, params string[] values)
    {
        Assert.Equal(type, TableFile.TypeOf(values));
    }
}
