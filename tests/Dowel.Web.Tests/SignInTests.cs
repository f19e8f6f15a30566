using Dowel.Web.Pages.SignIn;

namespace Dowel.Web.Tests;

public sealed class SignInTests
{
    [Theory]
    [InlineData("/datasets/titanic?tab=profile", "/datasets/titanic?tab=profile")]
    [InlineData("/", "/")]
    [InlineData(null, "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("/a\r\nSet-Cookie: x", "/")]
    [InlineData("/sign-in?returnUrl=/sign-in", "/")]
    [InlineData("javascript:alert(1)", "/")]
    public void Returns_only_to_paths_of_this_server(string? url, string path) => Assert.Equal(path, SignInMessages.LocalPath(url));

    [Fact]
    public void A_text_in_the_address_is_not_repeated()
    {
        Assert.Null(SignInMessages.Of(null));
        Assert.DoesNotContain("script", SignInMessages.Of("<script>alert(1)</script>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("credentials")]
    [InlineData("limited")]
    [InlineData("antiforgery")]
    [InlineData("link")]
    [InlineData("password")]
    [InlineData("oidc")]
    [InlineData("oidc_refused")]
    public void Every_code_of_the_server_has_its_own_message(string code) => Assert.NotEqual(SignInMessages.Of("something else"), SignInMessages.Of(code));
}
