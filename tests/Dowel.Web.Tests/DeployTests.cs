using System.Text.Json;
using Dowel.Web.Pages.Endpoints;

namespace Dowel.Web.Tests;

public sealed class DeployTests
{
    private static readonly RegisteredModel model = new() { Id = "mod_1", Name = "churn", Project = "crm", LatestVersion = 3 };

    private static DeployDraft Draft(DeployKind kind = DeployKind.Model) => new() { Kind = kind, Name = "e", Model = model, Which = "@production", Project = "crm" };

    private static CreateEndpoint Request(DeployDraft draft)
    {
        Assert.True(draft.TryRequest(out var request, out var wrong), string.Join(", ", wrong));
        return request;
    }

    [Fact]
    public void Without_any_choice_a_model_is_deployed_with_the_servers_defaults()
    {
        var request = Request(Draft());

        Assert.Equal(new DeploymentSpec { Model = "crm.churn", Alias = "production" }, request.Deployment);
        Assert.Equal((null, null, null), (request.Features, request.Limits, request.Ingress));
        Assert.Equal("dowel endpoint create e \\\n  --model crm.churn \\\n  --project crm", DeployCommand.Line(request));
    }

    [Fact]
    public void What_is_set_stands_in_the_request_the_command_and_the_JSON()
    {
        var draft = Draft();
        draft.Which = "2";
        draft.Settings.Follows = true;
        draft.Settings.Scaling = draft.Settings.Scaling with { Min = 0, Max = 8 };
        draft.Settings.Batches = true;
        draft.Policy.RequestsPerSecond = 20;

        var request = Request(draft);

        Assert.Equal((2, null), (request.Deployment.Version, request.Deployment.Alias));
        var line = DeployCommand.Line(request);
        foreach (var option in new[] { "--model-version 2", "--scale-to-zero", "--max-replicas 8", "--batch-size 64", "--rps 20" }) Assert.Contains(option, line, StringComparison.Ordinal);
        Assert.Equal(request.Deployment.Settings!.Scaling, JsonSerializer.Deserialize<CreateEndpoint>(DeployCommand.Json(request), DowelJson.Options)!.Deployment.Settings!.Scaling);
    }

    [Fact]
    public void An_image_keeps_its_secrets_out_of_what_is_copied()
    {
        var draft = Draft(DeployKind.Image);
        (draft.Image, draft.Protocol, draft.Port) = ("registry.example.com/nlp/it's:3", "seldon", 9000);
        (draft.Environment, draft.Secrets, draft.Egress) = ("A=1\nB=x=y", "KEY=hidden-1", "db:5432, *");

        var request = Request(draft);

        Assert.Equal(new Dictionary<string, string> { ["A"] = "1", ["B"] = "x=y" }, request.Deployment.Container!.Environment);
        Assert.Equal("hidden-1", request.Deployment.Container.Secrets!["KEY"]);
        Assert.Equal(["db:5432", "*"], request.Deployment.Container.Egress);
        foreach (var snippet in DeployCommand.Snippets("http://x/", request)) Assert.DoesNotContain("hidden-1", snippet.Code, StringComparison.Ordinal);
        Assert.Contains("--secret KEY=-", DeployCommand.Line(request), StringComparison.Ordinal);
        Assert.Contains("--image 'registry.example.com/nlp/it'\\''s:3'", DeployCommand.Line(request), StringComparison.Ordinal);
        Assert.Contains("--egress '*'", DeployCommand.Line(request), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_command_has_no_option_for_goes_by_a_file()
    {
        var draft = Draft();
        draft.Policy.Addresses = "10.0.0.0/8";

        Assert.Null(DeployCommand.Line(Request(draft)));
        Assert.Contains("-f endpoint.json", DeployCommand.Snippets("http://x/", Request(draft))[0].Code, StringComparison.Ordinal);
        Assert.Contains("10.0.0.0/8", DeployCommand.Json(Request(draft)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DeployKind.Observed, "observed")]
    [InlineData(DeployKind.Server, "remote")]
    [InlineData(DeployKind.Graph, "graph")]
    public void What_Dowel_does_not_run_has_no_replicas(DeployKind kind, string part)
    {
        var draft = Draft(kind);
        draft.Graph = new InferenceGraph { Nodes = new Dictionary<string, InferenceNode> { ["root"] = new() { Steps = [new() { Endpoint = "a" }] } } };
        draft.Settings.Replicas = 5;

        var request = Request(draft);

        Assert.Null(request.Deployment.Replicas);
        Assert.Equal("", request.Deployment.Model);
        Assert.Contains($"\"{part}\": {{", DeployCommand.Json(request), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_asked_for()
    {
        Assert.Null(Draft().Missing());
        Assert.All(new[] { DeployKind.Image, DeployKind.Server, DeployKind.Graph }, kind => Assert.NotNull(Draft(kind).Missing()));
        var nameless = Draft(DeployKind.Observed);
        nameless.Name = " ";
        Assert.Equal("Give it a name.", nameless.Missing());
    }

    [Theory]
    [InlineData(DeployKind.Model, "churn")]
    [InlineData(DeployKind.Image, "sentiment")]
    [InlineData(DeployKind.Server, "models-example-com")]
    [InlineData(DeployKind.Observed, "")]
    public void The_name_is_suggested_by_what_is_deployed(DeployKind kind, string name)
    {
        var draft = Draft(kind);
        (draft.Image, draft.Url) = ("registry.example.com:5000/nlp/sentiment:3@sha256:00", "https://models.example.com/x");

        Assert.Equal(name, draft.SuggestedName());
    }

    [Fact]
    public void A_line_that_is_no_pair_is_told_at_its_field()
    {
        var draft = Draft(DeployKind.Image);
        draft.Image = "i";
        draft.Environment = "A=1\nA=2";

        Assert.False(draft.TryRequest(out _, out var wrong));
        Assert.NotNull(new Components.FieldErrors(wrong)["environment"]);
        Assert.Null(new Components.FieldErrors(wrong)["secrets"]);
    }

    [Fact]
    public void Settings_that_nobody_touches_stay_as_they_are()
    {
        foreach (var settings in new[]
        {
            new DeploymentSettings(),
            new DeploymentSettings { TimeoutSeconds = 3, Breaker = new() { FailureRatio = 1 } },
            new DeploymentSettings { Batching = new() { MaxSize = 8 }, Scaling = new() { Min = 0, WindowSeconds = 30 }, Breaker = new() { OpenSeconds = 9 }, Resources = new() { MemoryMb = 512 }, Python = new() { Interpreter = "/opt/py" } },
        }) Assert.Equal(settings, new SettingsDraft(settings).ToSettings());
    }

    [Fact]
    public void An_empty_form_of_rules_is_no_rule()
    {
        Assert.Equal((null, null), (PolicyDraft.Of(null, null).Limits, PolicyDraft.Of(null, null).Ingress));
        var (limits, ingress) = (new EndpointLimits { CallerMaxConcurrency = 2 }, new IngressPolicy { Users = ["ada", "bob"], Addresses = ["::1"] });
        Assert.Equal(limits, PolicyDraft.Of(limits, ingress).Limits);
        Assert.Equal(["ada", "bob"], PolicyDraft.Of(limits, ingress).Ingress!.Users);
    }

    [Fact]
    public void Of_two_deployments_the_other_gets_the_rest_and_of_three_each_is_given_by_hand()
    {
        var two = new TrafficDraft([new() { Name = "v1", Traffic = 100 }, new() { Name = "v2" }]);
        two.Set("v2", 30);
        Assert.Equal((70, 30, 100), (two["v1"], two["v2"], two.Total));
        two.Set("v1", 400);
        Assert.Equal((100, 0), (two["v1"], two["v2"]));

        var three = new TrafficDraft([new() { Name = "v1", Traffic = 100 }, new() { Name = "v2" }, new() { Name = "v3" }]);
        three.Set("v3", 20);
        Assert.Equal(120, three.Total);
        three.Set("v1", 80);
        Assert.Equal(new Dictionary<string, int> { ["v1"] = 80, ["v2"] = 0, ["v3"] = 20 }, three.Shares);
    }
}
