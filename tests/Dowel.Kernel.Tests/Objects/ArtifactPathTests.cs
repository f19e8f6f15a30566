using Dowel.Kernel.Objects;

namespace Dowel.Kernel.Tests.Objects;

public sealed class ArtifactPathTests
{
    [Theory]
    [InlineData("a"), InlineData("model/MLmodel"), InlineData("ü 実.txt"), InlineData("name+ &=.txt"), InlineData("50%.txt"), InlineData("a%20b"), InlineData("100%41"), InlineData("%"), InlineData("%%%"), InlineData("..a/b.."), InlineData(".hidden"), InlineData("a%zz%2")]
    [InlineData("images/dogs%step%3%timestamp%1700000000000%i3932895-a8e7-4cf9-b428-59759992fb91.png"), InlineData("k%step%20%timestamp%1732000000000%u%compressed.webp"), InlineData("k+step+3+timestamp+17+6c9a264e.png")]
    public void Takes_plain_names(string path) => Assert.Null(ArtifactPaths.Check("path", path));

    [Theory]
    [InlineData(""), InlineData("/a"), InlineData("a/"), InlineData("a//b"), InlineData("."), InlineData(".."), InlineData("../a"), InlineData("a/.."), InlineData("a/../b"), InlineData("./a"), InlineData("a\\b"), InlineData("..\\a"), InlineData("a\0b"), InlineData("a\nb"), InlineData("a ")]
    // Encoded once, twice, three times.
    [InlineData("%2e%2e/a"), InlineData("%2e%2e%2fa"), InlineData(".%2E/a"), InlineData("a%2fb"), InlineData("a%2Fb"), InlineData("a%5cb"), InlineData("%2fa"), InlineData("a%00b"), InlineData("%2e"), InlineData("a/%2e/b")]
    [InlineData("%252e%252e/a"), InlineData("%252e%252e%252fa"), InlineData("a%252fb"), InlineData("a%255cb"), InlineData("a%2500b"), InlineData("%25252e%25252e/a"), InlineData("%25%32%65%25%32%65/a")]
    // What looks like a dot or a separator, plain and encoded, and what old decoders take for one.
    [InlineData("．．/a"), InlineData("․․/a"), InlineData("‥/a"), InlineData("．"), InlineData("%EF%BC%8E%EF%BC%8E/a"), InlineData("..／a"), InlineData("..＼a"), InlineData("%c0%ae%c0%ae/a"), InlineData("..%c0%afa")]
    public void Refuses_what_could_leave_its_folder(string path) => Assert.NotNull(ArtifactPaths.Check("path", path));

    [Fact]
    public void Decoding_ends_soon_however_often_it_is_encoded()
        => Assert.NotNull(ArtifactPaths.Check("path", "%" + string.Concat(Enumerable.Repeat("25", 240)) + "2fa"));
}
