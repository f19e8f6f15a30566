using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dowel.Client;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.ML;

namespace Dowel.Server.Tests;

/// <summary>The whole server in this process, with a project, one of each thing in it, and somebody of each role.</summary>
public sealed class WholeServer : IAsyncLifetime
{
    public const string Project = "p";
    public static readonly string[] People = ["anonymous", "stranger", "viewer", "contributor", "owner", "admin", "auditor"];
    private readonly string _dataDir = Directory.CreateTempSubdirectory("dowel-server-").FullName;
    private readonly Dictionary<string, string?> _tokens = new() { ["anonymous"] = null };
    private readonly Dictionary<string, string> _cookies = [];

    internal WebApplication App { get; private set; } = null!;
    internal Uri Address { get; private set; } = null!;
    internal Uri GrpcAddress { get; private set; } = null!;

    /// <summary>Route values that name the things there are.</summary>
    internal Dictionary<string, string> Things { get; } = [];

    public async ValueTask InitializeAsync()
    {
        App = DowelServer.Build([$"--Dowel:DataDir={_dataDir}", "--Dowel:Urls=http://127.0.0.1:0", $"--Dowel:GrpcPort={FreePort()}"]);
        await App.PrepareDowelAsync();
        await App.StartAsync();
        Address = new Uri(App.Urls.First());
        GrpcAddress = new Uri(App.Urls.Last());
        await DowelServer.AnnounceAsync(App);

        using (var nobody = DowelClient.Connect(Address))
        {
            var link = await File.ReadAllTextAsync(Path.Combine(_dataDir, "first-sign-in.url"));
            _tokens["admin"] = (await nobody.Identity.RedeemLinkAsync(SignInLinks.CodeOf(link.Trim()))).Secret;
            using var admin = Connect("admin");
            foreach (var name in People.Except(["anonymous", "admin"]))
            {
                var created = await admin.Identity.CreateUserAsync(new CreateUser { Name = name, IsAuditor = name == "auditor" });
                _tokens[name] = (await nobody.Identity.RedeemLinkAsync(SignInLinks.CodeOf(created.SignInLink!))).Secret;
            }
        }

        using var owner = Connect("owner");
        await owner.Projects.CreateAsync(new CreateProject { Name = Project });
        await owner.Projects.SetMemberAsync(Project, "contributor", ProjectRole.Contributor);
        await owner.Projects.SetMemberAsync(Project, "viewer", ProjectRole.Viewer);
        await FillAsync(owner);
        foreach (var person in People.Except(["anonymous"])) await SignInAsync(person);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal DowelClient Connect(string person) => DowelClient.Connect(Address, _tokens[person]);

    internal string? TokenOf(string person) => _tokens[person];

    /// <summary>The session cookie of a person; null for nobody.</summary>
    internal string? CookieOf(string person) => _cookies.GetValueOrDefault(person);

    /// <summary>Signs a person in as a browser does: opens the link's page and posts its form.</summary>
    private async Task SignInAsync(string person)
    {
        using var admin = Connect("admin");
        var link = await admin.Identity.CreateSignInLinkAsync(person);
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = Address };
        var html = await http.GetStringAsync(link.Link);
        var antiforgery = Regex.Match(html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var answer = await http.PostAsync("/sign-in/link", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["code"] = SignInLinks.CodeOf(link.Link),
            ["__RequestVerificationToken"] = WebUtility.HtmlDecode(antiforgery),
        }));
        var session = cookies.GetAllCookies().FirstOrDefault(c => c.Name == "dowel_session") ?? throw new InvalidOperationException($"{person} could not sign in: {(int)answer.StatusCode} {answer.Headers.Location}");
        _cookies[person] = $"{session.Name}={session.Value}";
    }

    private async Task FillAsync(DowelClient owner)
    {
        Things["project"] = Project;
        Things["user"] = "viewer";
        Things["version"] = "1";
        var dataset = await owner.Datasets.CreateAsync(new CreateDataset { Project = Project, Name = "d" });
        await owner.Datasets.UploadAsync(dataset.Id, new MemoryStream("a,b\n1,2\n"u8.ToArray()));
        Things["dataset"] = Things["resource"] = dataset.Id;
        Things["view"] = (await owner.FeatureViews.CreateAsync(new CreateFeatureView { Project = Project, Name = "v", Entity = new Entity("id", "int64"), Features = [new Feature { Name = "x" }] })).Id;
        var experiment = await owner.Experiments.CreateAsync(new CreateExperiment { Project = Project, Name = "e" });
        Things["experiment"] = experiment.Id;
        var run = await owner.Runs.CreateAsync(experiment.Id, new CreateRun());
        Things["run"] = run.Id;
        await owner.Runs.UploadArtifactAsync(run.Id, "model/model.zip", new MemoryStream(TinyModel()));
        Things["loggedModel"] = await LogModelAsync(experiment.Id);
        Things["model"] = (await owner.Models.CreateAsync(new CreateModel { Project = Project, Name = "m" })).Id;
        await owner.Models.CreateVersionAsync(Things["model"], new CreateModelVersion
        {
            RunId = run.Id,
            Flavor = "mlnet",
            Signature = new ModelSignature { Inputs = [new TensorSpec { Name = "X", Datatype = "FP32" }], Outputs = [new TensorSpec { Name = "Score", Datatype = "FP32" }] },
            InputExample = new Dictionary<string, object?[]> { ["X"] = [1.0] },
        });
        await owner.Endpoints.CreateAsync(new CreateEndpoint { Project = Project, Name = "ep", Deployment = new DeploymentSpec { Model = Things["model"], Version = 1 } });
        Things["endpoint"] = "ep";
        await owner.Endpoints.WaitUntilReadyAsync("ep");
        Things["prediction"] = (await owner.Endpoints.PredictAsync("ep", new Dictionary<string, object?[]> { ["X"] = [1.0] })).Id;
    }

    // Only MLflow's clients make these.
    private async Task<string> LogModelAsync(string experiment)
    {
        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", TokenOf("owner"));
        using var answer = await http.PostAsJsonAsync("/api/2.0/mlflow/logged-models", new { experiment_id = experiment, name = "logged" });
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
    }

    private static byte[] TinyModel()
    {
        var ml = new MLContext(1);
        var data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i => new Row { X = i, Label = 2 * i + 1 }));
        var model = ml.Transforms.Concatenate("Features", nameof(Row.X)).Append(ml.Regression.Trainers.Sdca(maximumNumberOfIterations: 5)).Fit(data);
        var stream = new MemoryStream();
        ml.Model.Save(model, data.Schema, stream);
        return stream.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        Directory.Delete(_dataDir, recursive: true);
    }

    private sealed class Row
    {
        public float X { get; set; }
        public float Label { get; set; }
    }
}

/// <summary>The suites that share one server.</summary>
[CollectionDefinition(Name)]
public sealed class WholeServerCollection : ICollectionFixture<WholeServer>
{
    public const string Name = "whole server";
}
