using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Users, sign-in and tokens.</summary>
public sealed class IdentityClient
{
    private readonly DowelHttp http;

    internal IdentityClient(DowelHttp http) => this.http = http;

    /// <summary>Who the caller is, with their projects and the server's rooms.</summary>
    public Task<Me> MeAsync(CancellationToken cancellationToken = default) => http.GetAsync<Me>(ApiPath.Api("me"), cancellationToken);

    /// <summary>A page of the users.</summary>
    public Task<Page<User>> ListUsersAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<User>>(ApiPath.Api("users").With(query), cancellationToken);

    /// <summary>All users.</summary>
    public IAsyncEnumerable<User> AllUsersAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListUsersAsync((query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>One user, by name or id.</summary>
    public Task<User> GetUserAsync(string user, CancellationToken cancellationToken = default) => http.GetAsync<User>(ApiPath.Api("users").Then(user), cancellationToken);

    /// <summary>Makes a user.</summary>
    public Task<CreatedUser> CreateUserAsync(CreateUser user, CancellationToken cancellationToken = default) =>
        http.SendAsync<CreatedUser>(HttpMethod.Post, ApiPath.Api("users"), user, null, cancellationToken);

    /// <summary>Changes a user.</summary>
    public Task<User> UpdateUserAsync(string user, PatchUser change, CancellationToken cancellationToken = default) =>
        http.SendAsync<User>(HttpMethod.Patch, ApiPath.Api("users").Then(user), change, null, cancellationToken);

    /// <summary>Makes a one-time sign-in link for a user.</summary>
    public Task<SignInLink> CreateSignInLinkAsync(string user, CancellationToken cancellationToken = default) =>
        http.SendAsync<SignInLink>(HttpMethod.Post, ApiPath.Api("users").Then(user).Literal("sign-in-link"), null, null, cancellationToken);

    /// <summary>Signs in by user name and password.</summary>
    /// <returns>A session token; its secret is for a client made with it.</returns>
    public Task<CreatedToken> SignInAsync(string user, string password, CancellationToken cancellationToken = default) =>
        http.SendAsync<CreatedToken>(HttpMethod.Post, ApiPath.Api("auth/sign-in"), new SignIn(user, password), null, cancellationToken);

    /// <summary>Signs in by a one-time link's code.</summary>
    /// <param name="code">The code, or the whole link.</param>
    /// <param name="newPassword">The password from now on; null leaves it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A session token.</returns>
    public Task<CreatedToken> RedeemLinkAsync(string code, string? newPassword = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<CreatedToken>(HttpMethod.Post, ApiPath.Api("auth/link"), new RedeemLink(SignInLinks.CodeOf(code), newPassword), null, cancellationToken);

    /// <summary>Changes the caller's password.</summary>
    public Task ChangePasswordAsync(string? current, string next, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Post, ApiPath.Api("auth/password"), new ChangePassword(current, next), null, cancellationToken);

    /// <summary>Ends the session of the token that this client sends.</summary>
    public Task SignOutAsync(CancellationToken cancellationToken = default) => http.SendAsync(HttpMethod.Post, ApiPath.Api("auth/sign-out"), null, null, cancellationToken);

    /// <summary>A page of the caller's tokens, without their secrets.</summary>
    public Task<Page<Token>> ListTokensAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Token>>(ApiPath.Api("tokens").With(query), cancellationToken);

    /// <summary>Makes a token for the caller; its secret is shown this once.</summary>
    public Task<CreatedToken> CreateTokenAsync(CreateToken token, CancellationToken cancellationToken = default) =>
        http.SendAsync<CreatedToken>(HttpMethod.Post, ApiPath.Api("tokens"), token, null, cancellationToken);

    /// <summary>Revokes a token.</summary>
    public Task RevokeTokenAsync(string id, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("tokens").Then(id), null, null, cancellationToken);
}
