using System.Net.Http.Json;
using System.Text;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Tracking;

public sealed class TrackingAccessTests(TrackingHosts hosts) : IClassFixture<TrackingHosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Another_project_s_run_is_denied_on_every_call(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var run = await host.NewRunAsync(experiment);
        foreach (var (method, path, body) in Wire.RunCalls)
        {
            (await host.SendAsync("bob", method, path.Replace("RUN", run), body?.Replace("RUN", run))).Refused(403, "PERMISSION_DENIED");
            (await host.SendAsync(null, method, path.Replace("RUN", run), body?.Replace("RUN", run))).Refused(401, "UNAUTHENTICATED");
            var missing = Guid.NewGuid().ToString("n");
            Assert.Equal($"Run with id={missing} not found", (await host.SendAsync("bob", method, path.Replace("RUN", missing), body?.Replace("RUN", missing))).Refused(404, "RESOURCE_DOES_NOT_EXIST"));
            (await host.SendAsync("bob", method, path.Replace("RUN", "..%2F..%2Fetc"), body?.Replace("RUN", "../../etc"))).Refused(400, "INVALID_PARAMETER_VALUE");
        }
        foreach (var (method, path, body) in Wire.ExperimentCalls)
        {
            (await host.SendAsync("bob", method, path.Replace("EXP", experiment), body?.Replace("EXP", experiment))).Refused(403, "PERMISSION_DENIED");
            (await host.SendAsync("bob", method, path.Replace("EXP", "exp_none"), body?.Replace("EXP", "exp_none"))).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        }
        Assert.Equal("{}", (await host.PostAsync("runs/search", $$"""{"experiment_ids": ["{{experiment}}"], "max_results": 10}""", "bob")).Text);
        Assert.DoesNotContain(experiment, (await host.PostAsync("experiments/search", """{"max_results": 1000, "view_type": "ALL"}""", "bob")).Text);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_name_in_a_project_that_one_may_not_see_stays_unseen(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var name = $"secret-{Guid.NewGuid():n}";
        await host.NewExperimentAsync(name);
        (await host.GetAsync($"experiments/get-by-name?experiment_name={name}", "bob")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        // So bob can have one of the same name, and each means their own.
        var bobs = (await host.PostAsync("experiments/create", $$"""{"name": "{{name}}"}""", "bob")).Ok().GetProperty("experiment_id").GetString();
        Assert.Equal(bobs, (await host.GetAsync($"experiments/get-by-name?experiment_name={name}", "bob")).Ok().GetProperty("experiment").GetProperty("experiment_id").GetString());
        Assert.NotEqual(bobs, (await host.GetAsync($"experiments/get-by-name?experiment_name={name}")).Ok().GetProperty("experiment").GetProperty("experiment_id").GetString());
    }

    [Fact]
    public async Task A_viewer_reads_and_changes_nothing()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var experiment = (await ada.Experiments.CreateAsync(new CreateExperiment { Project = "lab", Name = $"e-{Guid.NewGuid():n}" })).Id;
        var run = await host.NewRunAsync(experiment);
        foreach (var (method, path, body) in Wire.RunCalls)
        {
            var answer = await host.SendAsync("vera", method, path.Replace("RUN", run), body?.Replace("RUN", run));
            if (method == "GET") answer.Ok();
            else answer.Refused(403, "PERMISSION_DENIED");
        }
        Assert.Contains(run, (await host.PostAsync("runs/search", $$"""{"experiment_ids": ["{{experiment}}"], "max_results": 10}""", "vera")).Text);
    }

    [Fact]
    public async Task A_workspace_is_a_project()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var name = $"w-{Guid.NewGuid():n}";
        using var http = host.HttpFor("ada");
        http.DefaultRequestHeaders.Add("X-MLFLOW-WORKSPACE", "lab");
        Assert.True((await http.PostAsync("/api/2.0/mlflow/experiments/create", new StringContent($$"""{"name": "{{name}}"}""", Encoding.UTF8, "application/json"))).IsSuccessStatusCode);
        using var ada = host.Connect("ada");
        Assert.Equal("lab", (await ada.Experiments.ListAsync(new ListQuery { Search = name })).Items.Single().Project);
        http.DefaultRequestHeaders.Remove("X-MLFLOW-WORKSPACE");
        http.DefaultRequestHeaders.Add("X-MLFLOW-WORKSPACE", "nowhere");
        Assert.Equal(404, (int)(await http.GetAsync($"/api/2.0/mlflow/experiments/get-by-name?experiment_name={name}")).StatusCode);
    }

    [Fact]
    public async Task Experiment_0_is_the_default_one_of_each_caller()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var (adas, bobs) = ((await host.GetAsync("experiments/get?experiment_id=0")).Ok().GetProperty("experiment"), (await host.GetAsync("experiments/get?experiment_id=0", "bob")).Ok().GetProperty("experiment"));
        Assert.Equal(("Default", "Default"), (adas.GetProperty("name").GetString(), bobs.GetProperty("name").GetString()));
        Assert.NotEqual(adas.GetProperty("experiment_id").GetString(), bobs.GetProperty("experiment_id").GetString());
        var run = (await host.PostAsync("runs/create", """{"experiment_id": "0"}""")).Ok().GetProperty("run").GetProperty("info");
        Assert.Equal(adas.GetProperty("experiment_id").GetString(), run.GetProperty("experiment_id").GetString());
    }

    [Fact]
    public async Task Basic_and_Bearer_are_taken_and_a_wrong_one_is_refused_in_the_protocol_s_form()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var http = host.HttpFor(null);
        foreach (var header in new[] { $"Bearer {host.TokenOf("ada")}", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"ada:{host.TokenOf("ada")}"))}" })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/api/2.0/mlflow/experiments/get?experiment_id=0");
            request.Headers.TryAddWithoutValidation("Authorization", header);
            Assert.Equal(200, (int)(await http.SendAsync(request)).StatusCode);
        }
        var wrong = new HttpRequestMessage(HttpMethod.Get, "/api/2.0/mlflow/experiments/get?experiment_id=0");
        wrong.Headers.TryAddWithoutValidation("Authorization", "Bearer nonsense");
        var response = await http.SendAsync(wrong);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Equal("UNAUTHENTICATED", (await response.Content.ReadFromJsonAsync<Dictionary<string, string>>())!["error_code"]);
    }
}
