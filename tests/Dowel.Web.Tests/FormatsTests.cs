using Dowel.Web.Session;

namespace Dowel.Web.Tests;

public sealed class FormatsTests
{
    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(0.78123456, "0.7812")]
    [InlineData(-3.5, "−3.5")]
    [InlineData(123.456, "123.46")]
    [InlineData(12345.678, "12,345.7")]
    [InlineData(1.5e9, "1.5e9")]
    [InlineData(0.00000123, "1.23e−6")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "∞")]
    public void Writes_numbers_as_people_read_them(double value, string text) => Assert.Equal(text, Formats.Number(value));

    [Theory]
    [InlineData(1.0, "100 %")]
    [InlineData(0.995, "99.5 %")]
    [InlineData(0.0, "0 %")]
    [InlineData(double.NaN, "–")]
    public void Writes_shares_as_per_cent(double share, string text) => Assert.Equal(text, Formats.Percent(share));

    [Theory]
    [InlineData(0.00001, "< 0.0001")]
    [InlineData(0.0123, "0.0123")]
    [InlineData(double.NaN, "–")]
    public void A_tiny_p_value_is_a_bound(double value, string text) => Assert.Equal(text, Formats.PValue(value));

    [Theory]
    [InlineData(0L, "0 B")]
    [InlineData(999L, "999 B")]
    [InlineData(1500L, "1.5 KB")]
    [InlineData(2_000_000_000L, "2 GB")]
    public void Writes_sizes(long bytes, string text) => Assert.Equal(text, Formats.Bytes(bytes));

    [Theory]
    [InlineData(0.123, "0.12 ms")]
    [InlineData(42.0, "42 ms")]
    [InlineData(1500.0, "1.5 s")]
    [InlineData(90_000.0, "1 min 30 s")]
    public void Writes_lengths_of_time(double milliseconds, string text) => Assert.Equal(text, Formats.Milliseconds(milliseconds));

    [Theory]
    [InlineData(10, "just now")]
    [InlineData(60, "1 minute ago")]
    [InlineData(600, "10 minutes ago")]
    [InlineData(4000, "1 hour ago")]
    [InlineData(90_000, "1 day ago")]
    [InlineData(-7200, "in 2 hours")]
    [InlineData(20_000_000, "6 Apr 2026")]
    public void Tells_how_long_ago(int seconds, string text)
    {
        var now = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(text, Formats.Relative(now.AddSeconds(-seconds), now));
    }

    [Fact]
    public void Names_break_behind_signs_and_not_inside_words()
    {
        Assert.Equal(["fold_", "log_", "loss"], Formats.NameParts("fold_log_loss"));
        Assert.Equal(["accuracy"], Formats.NameParts("accuracy"));
        Assert.Equal(["a/", "/", "b_"], Formats.NameParts("a//b_"));
    }

    [Fact]
    public void A_tiny_value_is_not_nothing()
    {
        Assert.Equal("1.5e-7", Formats.Cell(1.5e-7));
        Assert.Equal("0.0", Formats.Cell(0.0));
    }

    [Theory]
    [InlineData("Dana (business data scientist)", "Dana")]
    [InlineData("Dana Scully", "Dana Scully")]
    [InlineData("(nobody)", "(nobody)")]
    [InlineData("", "dana")]
    public void People_are_called_by_their_name_alone(string displayName, string name) => Assert.Equal(name, new Me { User = new User { Name = "dana", DisplayName = displayName } }.CallName());

    [Fact]
    public void Cells_keep_missing_values_apart_from_text()
    {
        Assert.Null(Formats.Cell(null));
        Assert.Equal("", Formats.Cell(""));
        Assert.Equal("7.0", Formats.Cell(7.0));
        Assert.Equal("7", Formats.Cell(7L));
        Assert.Equal("[1, null]", Formats.Cell(new object?[] { 1L, null }));
    }

    [Theory]
    [InlineData("int64", true)]
    [InlineData("uint8", true)]
    [InlineData("bigint", true)]
    [InlineData("decimal(10,2)", true)]
    [InlineData("string", false)]
    [InlineData("date", false)]
    [InlineData("boolean", false)]
    public void Knows_the_types_of_numbers(string type, bool numeric) => Assert.Equal(numeric, Formats.IsNumeric(type));
}
