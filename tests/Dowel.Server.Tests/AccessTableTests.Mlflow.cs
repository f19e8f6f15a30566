using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Server.Tests;

public partial class AccessTableTests
{
    private static bool IsMlflow(string pattern) => pattern.Contains("/mlflow/", StringComparison.Ordinal) || pattern.Contains("/mlflow-artifacts/", StringComparison.Ordinal) || pattern is "/get-artifact" or "/model-versions/get-artifact";

    /// <summary>An experiment, a run, a logged model and a registered model in the project of the table, made anew for each question, as most calls change or delete what they name.</summary>
    private sealed class MlflowThings
    {
        private readonly Dictionary<string, object> _fields = [];

        /// <summary>One message with every field that a call may want; those it does not know are passed over.</summary>
        public string Message => JsonSerializer.Serialize(_fields);

        public static async Task<MlflowThings> MakeAsync(WholeServer server)
        {
            using var owner = server.Connect("owner");
            using var http = new HttpClient { BaseAddress = new Uri(server.Address, "/api/2.0/mlflow/") };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.TokenOf("owner"));
            async Task<JsonElement> PostAsync(string path, object body) => await (await http.PostAsJsonAsync(path, body)).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
            var experiment = await owner.Experiments.CreateAsync(new CreateExperiment { Project = "p", Name = $"e-{Guid.NewGuid():n}" });
            var model = await owner.Models.CreateAsync(new CreateModel { Project = "p", Name = $"m-{Guid.NewGuid():n}" });
            var run = (await PostAsync("runs/create", new { experiment_id = experiment.Id, tags = new[] { new { key = "k", value = "v" } } })).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
            var logged = (await PostAsync("logged-models", new { experiment_id = experiment.Id, name = "logged" })).GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
            http.DefaultRequestHeaders.Add("X-MLFLOW-WORKSPACE", "p");
            await PostAsync("model-versions/create", new { name = model.Name, source = "s3://bucket/model" });
            await PostAsync("registered-models/alias", new { name = model.Name, alias = "there", version = "1" });
            var things = new MlflowThings();
            foreach (var (key, value) in new (string, object)[]
            {
                ("experiment_id", experiment.Id), ("experiment_ids", new[] { experiment.Id }), ("experiment_name", experiment.Name), ("run_id", run), ("run_uuid", run), ("run_ids", new[] { run }), ("model_id", logged), ("new_name", $"n-{Guid.NewGuid():n}"),
                ("name", model.Name), ("model", model.Id), ("version", "1"), ("alias", "there"), ("stage", "Staging"), ("source", "s3://bucket/model"), ("key", "k"), ("value", "1"), ("timestamp", 1), ("metric_key", "m"), ("path", "a.txt"), ("status", "LOGGED_MODEL_READY"), ("num_parts", 1), ("upload_id", "none"),
                ("models", new[] { new { model_id = logged, step = 0 } }), ("parts", new[] { new { part_number = 1, etag = "x", url = "x" } }),
                ("model_json", """{"artifact_path": "m", "flavors": {}, "utc_time_created": "2026-01-01", "run_id": "x"}"""),
            }) things._fields[key] = value;
            return things;
        }

        public string PathOf(string method, string pattern)
        {
            var place = $"{_fields["experiment_id"]}/{_fields["run_id"]}/artifacts";
            var path = Parameter().Replace(pattern, m => m.Groups[1].Value.TrimStart('*').Split(':')[0].TrimEnd('?') switch
            {
                "path" when pattern.Contains("mlflow-artifacts", StringComparison.Ordinal) => $"{place}/a.txt",
                "folder" => place,
                "model" => $"{_fields[pattern.Contains("/registry/", StringComparison.Ordinal) ? "model" : "model_id"]}",
                "key" => "k",
                "version" => "1",
                _ => "nothing",
            });
            if (method != "GET") return path;
            // The proxy lists by the whole path.
            var query = _fields.Where(f => f.Value is string).Select(f => $"{f.Key}={Uri.EscapeDataString(f.Key == "path" && pattern.EndsWith("mlflow-artifacts/artifacts", StringComparison.Ordinal) ? place : (string)f.Value)}");
            return $"{path}?{string.Join('&', query)}&run_ids={_fields["run_id"]}";
        }
    }
}
