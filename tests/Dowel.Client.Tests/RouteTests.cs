using Dowel.Contracts;

namespace Dowel.Client.Tests;

public sealed class RouteTests
{
    private static readonly DateTimeOffset Then = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2));

    /// <summary>Every method with the exact request it makes.</summary>
    public static TheoryData<string, string, Func<DowelClient, Task>> Routes => new()
    {
        { "GET /api/v1/me", "{}", c => c.Identity.MeAsync() },
        { "GET /api/v1/users?search=a%20b&sort=-name&limit=5", "{}", c => c.Identity.ListUsersAsync(new ListQuery { Search = "a b", Sort = "-name", Limit = 5 }) },
        { "GET /api/v1/users/ada", "{}", c => c.Identity.GetUserAsync("ada") },
        { "POST /api/v1/users", "{}", c => c.Identity.CreateUserAsync(new CreateUser { Name = "ada" }) },
        { "PATCH /api/v1/users/ada%40example.org", "{}", c => c.Identity.UpdateUserAsync("ada@example.org", new PatchUser { Disabled = true }) },
        { "POST /api/v1/users/ada/sign-in-link", """{"link":"/x","expiresAt":"2026-01-01T00:00:00Z"}""", c => c.Identity.CreateSignInLinkAsync("ada") },
        { "POST /api/v1/auth/sign-in", """{"info":{},"secret":"s"}""", c => c.Identity.SignInAsync("ada", "pw") },
        { "POST /api/v1/auth/link", """{"info":{},"secret":"s"}""", c => c.Identity.RedeemLinkAsync("code") },
        { "POST /api/v1/auth/password", "", c => c.Identity.ChangePasswordAsync(null, "new password here") },
        { "POST /api/v1/auth/sign-out", "", c => c.Identity.SignOutAsync() },
        { "GET /api/v1/tokens", "{}", c => c.Identity.ListTokensAsync() },
        { "POST /api/v1/tokens", """{"info":{},"secret":"s"}""", c => c.Identity.CreateTokenAsync(new CreateToken { Name = "ci" }) },
        { "DELETE /api/v1/tokens/01J", "", c => c.Identity.RevokeTokenAsync("01J") },
        { "GET /api/v1/projects", "{}", c => c.Projects.ListAsync() },
        { "POST /api/v1/projects", "{}", c => c.Projects.CreateAsync(new CreateProject { Name = "p" }) },
        { "GET /api/v1/projects/p", "{}", c => c.Projects.GetAsync("p") },
        { "PATCH /api/v1/projects/p", "{}", c => c.Projects.UpdateAsync("p", new PatchProject("d")) },
        { "DELETE /api/v1/projects/p", "", c => c.Projects.DeleteAsync("p") },
        { "GET /api/v1/projects/p/members", "{}", c => c.Projects.MembersAsync("p") },
        { "PUT /api/v1/projects/p/members/ada", """{"user":"ada","role":"owner","since":"2026-01-01T00:00:00Z"}""", c => c.Projects.SetMemberAsync("p", "ada", ProjectRole.Owner) },
        { "DELETE /api/v1/projects/p/members/ada", "", c => c.Projects.RemoveMemberAsync("p", "ada") },
        { "GET /api/v1/resources/01R/sharing", "{}", c => c.Resources.SharingAsync("01R") },
        { "PUT /api/v1/resources/01R/sharing", "{}", c => c.Resources.ShareAsync("01R", new Sharing()) },
        { "GET /api/v1/resources/01R/lineage", "[]", c => c.Resources.LineageAsync("01R") },
        { "GET /api/v1/resources/01R/lineage?depth=2", "[]", c => c.Resources.LineageAsync("01R", null, 2) },
        { "GET /api/v1/audit?actor=ada&action=endpoint.&resource=x&outcome=denied&from=2026-01-02T01%3A04%3A05.678Z&to=2026-01-02T01%3A04%3A05.678Z&cursor=c&limit=3", "{}",
            c => c.Audit.ListAsync(new AuditQuery { Actor = "ada", Action = "endpoint.", Resource = "x", Outcome = "denied", From = Then, To = Then, Cursor = "c", Limit = 3 }) },
        { "GET /api/v1/audit/verify", "{}", c => c.Audit.VerifyAsync() },
        { "GET /api/v1/audit/export", "", c => c.Audit.ExportAsync() },
        { "GET /api/v1/batch?project=p&endpoint=e%2Ff", "{}", c => c.Batch.ListAsync(new ListQuery { Project = "p" }, "e/f") },
        { "GET /api/v1/batch/batch_1", "{}", c => c.Batch.GetAsync("batch_1") },
        { "POST /api/v1/batch", "{}", c => c.Batch.CreateAsync(new CreateBatchRun { Endpoint = "e", Input = "i", Output = "o" }) },
        { "POST /api/v1/batch/batch_1/cancel", "{}", c => c.Batch.CancelAsync("batch_1") },
        { "POST /api/v1/batch/batch_1/resume", "{}", c => c.Batch.ResumeAsync("batch_1") },
        { "GET /api/v1/datasets?project=p", "{}", c => c.Datasets.ListAsync(new ListQuery { Project = "p" }) },
        { "POST /api/v1/datasets", "{}", c => c.Datasets.CreateAsync(new CreateDataset { Name = "d" }) },
        { "GET /api/v1/datasets/p.d", "{}", c => c.Datasets.GetAsync("p.d") },
        { "PATCH /api/v1/datasets/d", "{}", c => c.Datasets.UpdateAsync("d", new ResourcePatch()) },
        { "DELETE /api/v1/datasets/d", "", c => c.Datasets.DeleteAsync("d") },
        { "GET /api/v1/datasets/d/versions", "{}", c => c.Datasets.VersionsAsync("d") },
        { "POST /api/v1/datasets/d/versions?format=csv&source=my%20file%26.csv", "{}", c => c.Datasets.UploadAsync("d", new MemoryStream([1]), "csv", "my file&.csv") },
        { "GET /api/v1/datasets/d/sample?version=2&limit=9", "{}", c => c.Datasets.SampleAsync("d", 2, 9) },
        { "GET /api/v1/datasets/d/profile", "{}", c => c.Datasets.ProfileAsync("d") },
        { "GET /api/v1/datasets/d/data?version=1&format=parquet", "", c => c.Datasets.DownloadAsync("d", 1, "parquet") },
        { "PUT /api/v1/import/mlflow/p/f00/experiments/0", "{}", c => c.Import.FromMlflow("p", "f00").ExperimentAsync("0", new ImportExperiment()) },
        { "POST /api/v1/import/mlflow/p/f00/runs/check", "[]", c => c.Import.FromMlflow("p", "f00").CheckRunsAsync([]) },
        { "POST /api/v1/import/mlflow/p/f00/experiments/0/runs", "{}", c => c.Import.FromMlflow("p", "f00").RunsAsync("0", []) },
        { "POST /api/v1/import/mlflow/p/f00/metrics", "{}", c => c.Import.FromMlflow("p", "f00").MetricsAsync([]) },
        { "POST /api/v1/import/mlflow/p/f00/logged-models/check", "[]", c => c.Import.FromMlflow("p", "f00").CheckLoggedModelsAsync([]) },
        { "POST /api/v1/import/mlflow/p/f00/experiments/0/logged-models", "{}", c => c.Import.FromMlflow("p", "f00").LoggedModelsAsync("0", []) },
        { "POST /api/v1/import/mlflow/p/f00/files/check", "{}", c => c.Import.FromMlflow("p", "f00").CheckFilesAsync([]) },
        { "PUT /api/v1/import/mlflow/p/f00/files/r1/a%20b/c", """{"path":"c"}""", c => c.Import.FromMlflow("p", "f00").FileAsync("r1", "a b/c", new MemoryStream([1])) },
        { "POST /api/v1/import/mlflow/p/f00/models", "{}", c => c.Import.FromMlflow("p", "f00").ModelAsync(new ImportModel()) },
        { "POST /api/v1/import/mlflow/p/f00/models/versions", "{}", c => c.Import.FromMlflow("p", "f00").ModelVersionsAsync("m", []) },
        { "POST /api/v1/import/mlflow/p/f00/models/aliases", "{}", c => c.Import.FromMlflow("p", "f00").AliasesAsync(new ImportAliases()) },
        { "POST /api/v1/query", "{}", c => c.Datasets.QueryAsync("SELECT 1") },
        { "GET /api/v1/feature-views", "{}", c => c.FeatureViews.ListAsync() },
        { "POST /api/v1/feature-views", "{}", c => c.FeatureViews.CreateAsync(new CreateFeatureView { Name = "v" }) },
        { "GET /api/v1/feature-views/v", "{}", c => c.FeatureViews.GetAsync("v") },
        { "PATCH /api/v1/feature-views/v", "{}", c => c.FeatureViews.UpdateAsync("v", new PatchFeatureView()) },
        { "DELETE /api/v1/feature-views/v", "", c => c.FeatureViews.DeleteAsync("v") },
        { "POST /api/v1/feature-views/v/push", "{}", c => c.FeatureViews.PushAsync("v", new TableData()) },
        { "GET /api/v1/feature-views/v/values?limit=4", "{}", c => c.FeatureViews.ValuesAsync("v", 4) },
        { "POST /api/v1/features/historical", "{}", c => c.FeatureViews.HistoricalAsync(new HistoricalFeaturesRequest()) },
        { "POST /api/v1/features/online", "{}", c => c.FeatureViews.OnlineAsync(new OnlineFeaturesRequest()) },
        { "GET /api/v1/experiments", "{}", c => c.Experiments.ListAsync() },
        { "POST /api/v1/experiments", "{}", c => c.Experiments.CreateAsync(new CreateExperiment { Name = "e" }) },
        { "GET /api/v1/experiments/e", "{}", c => c.Experiments.GetAsync("e") },
        { "PATCH /api/v1/experiments/e", "{}", c => c.Experiments.UpdateAsync("e", new ResourcePatch()) },
        { "DELETE /api/v1/experiments/e", "", c => c.Experiments.DeleteAsync("e") },
        { "GET /api/v1/experiments/e/runs?status=finished&sort=-metrics.auc", "{}", c => c.Runs.ListAsync("e", new RunQuery { Status = RunStatus.Finished, Sort = "-metrics.auc" }) },
        { "POST /api/v1/experiments/e/runs", "{}", c => c.Runs.CreateAsync("e", new CreateRun()) },
        { "GET /api/v1/runs/01R", "{}", c => c.Runs.GetAsync("01R") },
        { "PATCH /api/v1/runs/01R", "{}", c => c.Runs.UpdateAsync("01R", new PatchRun()) },
        { "DELETE /api/v1/runs/01R", "", c => c.Runs.DeleteAsync("01R") },
        { "POST /api/v1/runs/01R/log", "", c => c.Runs.LogMetricAsync("01R", "auc", 0.5) },
        { "GET /api/v1/runs/01R/metrics/val/auc%20%25", "[]", c => c.Runs.MetricAsync("01R", "val/auc %") },
        { "GET /api/v1/runs/01R/artifacts?path=model%2Fa", "[]", c => c.Runs.ArtifactsAsync("01R", "model/a") },
        { "PUT /api/v1/runs/01R/artifacts/model/a%3Fb.zip", """{"path":"a","isFolder":false}""", c => c.Runs.UploadArtifactAsync("01R", "model/a?b.zip", new MemoryStream([1])) },
        { "GET /api/v1/runs/01R/artifacts/model/a.zip", "", c => c.Runs.DownloadArtifactAsync("01R", "model/a.zip") },
        { "GET /api/v1/models", "{}", c => c.Models.ListAsync() },
        { "POST /api/v1/models", "{}", c => c.Models.CreateAsync(new CreateModel { Name = "m" }) },
        { "GET /api/v1/models/m", "{}", c => c.Models.GetAsync("m") },
        { "PATCH /api/v1/models/m", "{}", c => c.Models.UpdateAsync("m", new ResourcePatch()) },
        { "DELETE /api/v1/models/m", "", c => c.Models.DeleteAsync("m") },
        { "PUT /api/v1/models/m/gate", "{}", c => c.Models.SetGateAsync("m", new ValidationGate()) },
        { "GET /api/v1/models/m/versions", "{}", c => c.Models.VersionsAsync("m") },
        { "POST /api/v1/models/m/versions", "{}", c => c.Models.CreateVersionAsync("m", new CreateModelVersion()) },
        { "GET /api/v1/models/m/versions/production", "{}", c => c.Models.GetVersionAsync("m", "production") },
        { "PATCH /api/v1/models/m/versions/1", "{}", c => c.Models.UpdateVersionAsync("m", "1", new PatchModelVersion()) },
        { "DELETE /api/v1/models/m/versions/1?reason=wrong%20data", "", c => c.Models.DeleteVersionAsync("m", "1", "wrong data") },
        { "PUT /api/v1/models/m/versions/1/stage", "{}", c => c.Models.SetStageAsync("m", "1", new SetStage("Staging")) },
        { "GET /api/v1/models/m/versions/1/approvals", "[]", c => c.Models.ApprovalsAsync("m", "1") },
        { "POST /api/v1/models/m/versions/1/approvals", "{}", c => c.Models.ApproveAsync("m", "1", new SetApproval("production", true)) },
        { "POST /api/v1/models/m/versions/1/validate?alias=canary", "{}", c => c.Models.ValidateAsync("m", "1", "canary") },
        { "POST /api/v1/models/m/versions/1/validate", "{}", c => c.Models.ValidateAsync("m", "1") },
        { "GET /api/v1/models/m/versions/1/files/a/b", "", c => c.Models.DownloadFileAsync("m", "1", "a/b") },
        { "PUT /api/v1/models/m/aliases/production", "", c => c.Models.SetAliasAsync("m", "production", 1) },
        { "DELETE /api/v1/models/m/aliases/production", "", c => c.Models.DeleteAliasAsync("m", "production") },
        { "GET /api/v1/models/m/history?kind=alias&version=2&limit=5", "{}", c => c.Models.HistoryAsync("m", new HistoryQuery { Kind = ModelChangeKind.Alias, Version = 2, Limit = 5 }) },
        { "GET /api/v1/endpoints", "{}", c => c.Endpoints.ListAsync() },
        { "POST /api/v1/endpoints", "{}", c => c.Endpoints.CreateAsync(new CreateEndpoint { Name = "e" }) },
        { "GET /api/v1/endpoints/e", "{}", c => c.Endpoints.GetAsync("e") },
        { "PATCH /api/v1/endpoints/e", "{}", c => c.Endpoints.UpdateAsync("e", new PatchEndpoint()) },
        { "DELETE /api/v1/endpoints/e", "", c => c.Endpoints.DeleteAsync("e") },
        { "GET /api/v1/endpoints/e/deployments/v%201/log?tail=20&follow=true", "", async c => await c.Endpoints.LogAsync("e", "v 1", 20, follow: true).CountAsync() },
        { "GET /api/v1/endpoints/e/deployments/v1/log", "", async c => await c.Endpoints.LogAsync("e", "v1").CountAsync() },
        { "POST /serving-endpoints/e/invocations", "{}", c => c.Endpoints.ScoreAsync("e", new MemoryStream([1])) },
        { "POST /seldon/p/e/api/v1.0/predictions", "{}", c => c.Endpoints.SeldonAsync("p", "e", new MemoryStream([1])) },
        { "GET /v2/models/e", "{}", c => c.Endpoints.MetadataAsync("e") },
        { "GET /v2/models/e/ready", "", c => c.Endpoints.IsReadyAsync("e") },
        { "POST /v2/models/e/versions/2/infer", "{}", c => c.Endpoints.InferAsync("e", new MemoryStream([1]), "2") },
        { "GET /api/v1/endpoints/e/predictions?caller=ada&outcome=error", "{}", c => c.Monitoring.PredictionsAsync("e", new PredictionQuery { Caller = "ada", Outcome = "error" }) },
        { "GET /api/v1/predictions/01P", "{}", c => c.Monitoring.PredictionAsync("01P") },
        { "POST /api/v1/endpoints/e/ground-truth", """{"accepted":0,"unknown":[]}""", c => c.Monitoring.SendGroundTruthAsync("e", []) },
        { "GET /api/v1/endpoints/e/traffic?from=2026-01-02T01%3A04%3A05.678Z&step=0.5", "{}", c => c.Monitoring.TrafficAsync("e", Then, null, TimeSpan.FromSeconds(0.5)) },
        { "POST /api/v1/endpoints/e/predictions", """{"accepted":0,"known":0,"ids":[]}""", c => c.Monitoring.LogPredictionsAsync("e", []) },
        { "GET /api/v1/endpoints/e/quality?output=p", "{}", c => c.Monitoring.QualityAsync("e", "p", null, null) },
        { "POST /api/v1/endpoints/e/drift", "{}", c => c.Monitoring.DriftAsync("e", new DriftRequest()) },
        { "GET /api/v1/endpoints/e/drift", "[]", c => c.Monitoring.DriftReportsAsync("e") },
        { "GET /api/v1/rooms", "[]", c => c.Server.RoomsAsync() },
        { "GET /health/live", "", c => c.Server.IsLiveAsync() },
        { "GET /health/ready", "", c => c.Server.IsReadyAsync() },
        { "GET /metrics", "", c => c.Server.MetricsAsync() },
        { "GET /openapi/v1.json", "{}", c => c.Server.OpenApiAsync() },
        { "GET /v2", "{}", c => c.Server.InferenceAsync() },
        { "GET /v2/health/live", "", c => c.Server.IsInferenceLiveAsync() },
        { "GET /v2/health/ready", "", c => c.Server.IsInferenceReadyAsync() },
    };

    [Theory]
    [MemberData(nameof(Routes), DisableDiscoveryEnumeration = true)]
    public async Task Asks_for_exactly_this(string request, string answer, Func<DowelClient, Task> call)
    {
        var (client, server) = FakeServer.Start();
        server.Answers(answer);

        await call(client);

        Assert.Equal(request, $"{server.Last.Method} {server.Last.Path}");
    }

    [Fact]
    public async Task Keeps_a_prefix_of_the_servers_address()
    {
        var (client, server) = FakeServer.Start("http://dowel.test/below/here");
        server.Answers("{}");

        await client.Identity.MeAsync();

        Assert.Equal("/below/here/api/v1/me", server.Last.Path);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("  ")]
    public async Task Refuses_names_that_would_lead_to_another_route(string name)
    {
        var (client, server) = FakeServer.Start();

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Datasets.DeleteAsync(name));

        Assert.Equal(ErrorCodes.Invalid.Code, e.Code);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Refuses_an_artifact_path_that_climbs_out()
    {
        var (client, server) = FakeServer.Start();

        await Assert.ThrowsAsync<DowelException>(() => client.Runs.DownloadArtifactAsync("r", "a/../../../models"));

        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("naïve ☃", "na%C3%AFve%20%E2%98%83")]
    [InlineData("50% #1?", "50%25%20%231%3F")]
    public async Task Encodes_names_as_one_segment(string name, string encoded)
    {
        var (client, server) = FakeServer.Start();
        server.Answers("{}");

        await client.Datasets.GetAsync(name);

        Assert.Equal("/api/v1/datasets/" + encoded, server.Last.Path);
    }
}
