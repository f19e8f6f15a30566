using System.Collections.Concurrent;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Serving.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dowel.Adapters.Docker.Tests;

public sealed class ImageTests(TestEngine engine)
{
    private static readonly Actor Admin = new() { UserId = "a", UserName = "ann", IsAdmin = true };
    private static readonly Actor Carl = new() { UserId = "c", UserName = "carl" };

    [Fact]
    public async Task An_image_that_is_not_there_is_named()
    {
        await engine.ReadyAsync();
        await using var registry = await Registry.StartAsync();
        await using var host = new DockerHost();
        var image = $"{registry.Host}/team/none:3";
        var e = await Assert.ThrowsAsync<ModelException>(() => host.DeployAsync(DockerHost.Spec() with { Image = image, RegistryUser = "ann", RegistryPassword = "right" }));
        Assert.Contains($"'{image}' could not be pulled", e.Message);
        Assert.Contains(registry.Credentials, c => c == "ann:right");
        Assert.Contains($"pulling {image}", host.Log.Lines);
    }

    [Fact]
    public async Task Wrong_credentials_are_told_from_a_missing_image()
    {
        await engine.ReadyAsync();
        await using var registry = await Registry.StartAsync();
        await using var host = new DockerHost();
        var e = await Assert.ThrowsAsync<ModelException>(() => host.DeployAsync(DockerHost.Spec() with { Image = $"{registry.Host}/team/none:3", RegistryUser = "ann", RegistryPassword = "wrong" }));
        Assert.Contains("unauthorized", e.Message);
        Assert.DoesNotContain("wrong", e.Message);
    }

    [Fact]
    public async Task An_image_that_is_here_does_where_its_registry_cannot_be_asked()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var image = "127.0.0.1:1/team/model:latest";
        await TestEngine.DockerAsync("tag", TestEngine.Image, image);
        var model = await host.DeployAsync(DockerHost.Spec() with { Image = image });
        Assert.Equal("2", await DockerHost.AskAsync(model, 1));
        Assert.Contains(host.Log.Lines, l => l.StartsWith($"could not pull {image}, so the one that is here is used"));
    }

    [Theory]
    [InlineData("model", "latest", "https://index.docker.io/v1/")]
    [InlineData("team/model:3", "3", "https://index.docker.io/v1/")]
    [InlineData("registry.example.com/team/model", "latest", "registry.example.com")]
    [InlineData("localhost:5000/model:v1", "v1", "localhost:5000")]
    [InlineData("ghcr.io/a/b@sha256:abc", "sha256:abc", "ghcr.io")]
    public void The_parts_of_an_images_name_are_told_apart(string image, string tag, string registry) => Assert.Equal((tag, registry), (ImagePull.Tag(image), ImagePull.Registry(image)));

    [Fact]
    public async Task Who_may_deploy_images_is_the_servers_setting()
    {
        await using var everyone = new DockerHost();
        await using var admins = new DockerHost(o => o.Docker.Use = DockerUse.Admins);
        await using var off = new DockerHost(o => o.Docker.Use = DockerUse.Off);
        Assert.Null(Check(everyone, Carl, new() { Image = "m" }));
        Assert.Equal(ErrorCodes.Forbidden, Check(admins, Carl, new() { Image = "m" })?.Code);
        Assert.Null(Check(admins, Admin, new() { Image = "m" }));
        Assert.Equal(ErrorCodes.Forbidden, Check(off, Admin, new() { Image = "m" })?.Code);
        Assert.Equal(ErrorCodes.Forbidden, Check(everyone, Carl, new() { Image = "m", Volumes = ["/etc:/host:ro"] })?.Code);
        Assert.Null(Check(everyone, Admin, new() { Image = "m", Volumes = ["/srv/weights:/weights:ro"], Egress = ["*"], Environment = new Dictionary<string, string> { ["A_1"] = "x=y" } }));
    }

    [Theory]
    [InlineData("image", ""), InlineData("image", "two words"), InlineData("image", "--privileged"), InlineData("image", "http://x/y"), InlineData("healthPath", "/a\r\nX: y"), InlineData("modelName", "a\nb"), InlineData("command", "a\0"), InlineData("volumes", "/srv/../etc:/x"), InlineData("protocol", "smoke"), InlineData("port", "0"), InlineData("startSeconds", "0"), InlineData("healthPath", "ready")]
    [InlineData("environment", "A=B"), InlineData("secrets", ""), InlineData("volumes", "weights:/w"), InlineData("volumes", "/a:/b:exec"), InlineData("egress", "example.com"), InlineData("egress", "10.0.0.0/40:80"), InlineData("registryPassword", "")]
    public async Task What_is_not_well_formed_is_refused_by_its_field(string field, string value)
    {
        await using var host = new DockerHost();
        var spec = new ContainerSpec { Image = "m" };
        spec = field switch
        {
            "image" => spec with { Image = value },
            "protocol" => spec with { Protocol = value },
            "port" => spec with { Port = 0 },
            "startSeconds" => spec with { StartSeconds = double.NaN },
            "healthPath" => spec with { HealthPath = value },
            "modelName" => spec with { ModelName = value },
            "command" => spec with { Command = ["serve", value] },
            "environment" => spec with { Environment = new Dictionary<string, string> { [value] = "x" } },
            "secrets" => spec with { Secrets = new Dictionary<string, string> { [value] = "x" } },
            "volumes" => spec with { Volumes = [value] },
            "egress" => spec with { Egress = ["ok.example.com:443", value] },
            _ => spec with { RegistryUser = "ann" },
        };
        var failure = Check(host, Admin, spec);
        Assert.Equal($"deployment.container.{field}", Assert.Single(failure!.Fields).Field);
    }

    private static Failure? Check(DockerHost host, Actor actor, ContainerSpec spec) => host.Runtime.Check(actor, new ServerSource("", "", 0, spec, null));

    /// <summary>A registry that knows one user and no image.</summary>
    private sealed class Registry(WebApplication app) : IAsyncDisposable
    {
        public ConcurrentQueue<string> Credentials { get; } = new();

        public string Host => new Uri(app.Urls.First()).Authority;

        public static async Task<Registry> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var registry = new Registry(app);
            app.Run(context =>
            {
                var given = context.Request.Headers.Authorization.ToString() is { Length: > 6 } basic ? Encoding.UTF8.GetString(Convert.FromBase64String(basic[6..])) : null;
                if (given is not null) registry.Credentials.Enqueue(given);
                context.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
                if (given == "ann:right")
                {
                    context.Response.StatusCode = context.Request.Path == "/v2/" ? 200 : 404;
                    return context.Response.WriteAsync("{}");
                }
                context.Response.StatusCode = 401;
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"test\"";
                return context.Response.WriteAsync("""{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}""");
            });
            await app.StartAsync();
            return registry;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
