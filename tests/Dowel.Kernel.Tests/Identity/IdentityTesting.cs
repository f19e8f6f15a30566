using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Kernel.Tests.Identity;

/// <summary>The real clock, moved forward by hand.</summary>
public sealed class ShiftedTime : TimeProvider
{
    private long _ticks;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ticks));

    public override long GetTimestamp() => System.GetTimestamp() + (long)(TimeSpan.FromTicks(Interlocked.Read(ref _ticks)).TotalSeconds * TimestampFrequency);
}

internal static class IdentityTesting
{
    public const string Password = "correct horse battery";

    public static async Task<(RoomHost Host, ShiftedTime Time)> StartWithTimeAsync(Engine engine)
    {
        var time = new ShiftedTime();
        return (await RoomHost.StartAsync(engine, [], null, s => s.AddSingleton<TimeProvider>(time)), time);
    }

    public static async Task CreateUserWithPasswordAsync(this RoomHost host, string name, bool isAdmin = false)
        => await RoomHost.ReadAsync<CreatedUser>(await host.AdminClient.PostAsJsonAsync("/api/v1/users", new CreateUser { Name = name, Password = Password, IsAdmin = isAdmin }, DowelJson.Options));

    public static HttpClient Bearer(this RoomHost host, string token)
    {
        var http = host.HttpFor(null);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    public static HttpClient Basic(this RoomHost host, string user, string password)
    {
        var http = host.HttpFor(null);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        return http;
    }

    public static Task<HttpResponseMessage> SignInAsync(this HttpClient http, string user, string password)
        => http.PostAsJsonAsync("/api/v1/auth/sign-in", new SignIn(user, password), DowelJson.Options);

    public static Task<HttpResponseMessage> RedeemAsync(this HttpClient http, string code, string? newPassword = null)
        => http.PostAsJsonAsync("/api/v1/auth/link", new RedeemLink(code, newPassword), DowelJson.Options);

    public static Task<HttpResponseMessage> PatchUserAsync(this HttpClient http, string user, PatchUser patch)
        => http.PatchAsJsonAsync($"/api/v1/users/{user}", patch, DowelJson.Options);

    public static async Task<CreatedToken> CreateTokenAsync(this HttpClient http, string name, string? project = null, int? days = null)
        => await RoomHost.ReadAsync<CreatedToken>(await http.PostAsJsonAsync("/api/v1/tokens", new CreateToken { Name = name, Project = project, ExpiresInDays = days }, DowelJson.Options));

    public static async Task<Me> MeAsync(this HttpClient http) => await RoomHost.ReadAsync<Me>(await http.GetAsync("/api/v1/me"));

    public static async Task<string> LinkCodeAsync(this RoomHost host, string user)
        => (await RoomHost.ReadAsync<SignInLink>(await host.AdminClient.PostAsync($"/api/v1/users/{user}/sign-in-link", null))).Link.Split("code=")[1];

    public static IDb Db(this RoomHost host) => host.Services.GetRequiredService<IDb>();

    public static Task<T?> ScalarAsync<T>(this RoomHost host, string sql, object? args = null) => host.Db().ReadAsync(s => s.ScalarAsync<T>(sql, args));

    public static async Task<IReadOnlyList<AuditRecord>> AuditAsync(this RoomHost host, string action)
        => (await RoomHost.ReadAsync<Page<AuditRecord>>(await host.AdminClient.GetAsync($"/api/v1/audit?action={action}&limit=1000"))).Items;

    /// <summary>Denied attempts are recorded beside the request.</summary>
    public static async Task<IReadOnlyList<AuditRecord>> DeniedAsync(this RoomHost host, string action)
    {
        for (var i = 0; ; i++)
        {
            var found = await host.AuditAsync(action);
            if (found.Any(r => r.Outcome == "denied") || i == 100) return found;
            await Task.Delay(100);
        }
    }
}
