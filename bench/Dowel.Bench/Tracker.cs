using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Dowel.Bench;

/// <summary>A tracking server that speaks MLflow's REST: Dowel, or any other for comparison.</summary>
internal sealed class Tracker : IDisposable
{
    private readonly HttpClient _http;

    public Tracker(string url, string? token)
    {
        (Url, Token) = (url.TrimEnd('/'), token);
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = new Uri($"{Url}/api/2.0/"), Timeout = TimeSpan.FromMinutes(10) };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public string Url { get; }
    public string? Token { get; }
    public HttpClient Http => _http;

    public async Task<string> NewExperimentAsync() => (await PostAsync("mlflow/experiments/create", new { name = $"bench-{Guid.NewGuid():n}" })).GetProperty("experiment_id").GetString()!;

    public async Task<string> NewRunAsync(string experiment)
        => (await PostAsync("mlflow/runs/create", new { experiment_id = experiment, start_time = 1_700_000_000_000 })).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await _http.PostAsJsonAsync(path, body);
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Makes runs, each with as many metrics and params as said, by 16 callers.</summary>
    public async Task<string> FillAsync(int runs, int metrics, int parameters)
    {
        var experiment = await NewExperimentAsync();
        var random = new Random(1);
        await Parallel.ForAsync(0, runs, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            double value;
            lock (random) value = random.NextDouble();
            await PostAsync("mlflow/runs/log-batch", new
            {
                run_id = await NewRunAsync(experiment),
                metrics = Enumerable.Range(0, metrics).Select(m => new { key = $"metric{m}", value = (value + (m * 0.37)) % 1, timestamp = 1_700_000_000_000, step = 0 }),
                @params = Enumerable.Range(0, parameters).Select(p => new { key = $"param{p}", value = $"{(i + p) % 100}" }),
            });
        });
        return experiment;
    }

    /// <summary>Milliseconds of each of some calls, one after the other, in order of length.</summary>
    public static async Task<double[]> TimesAsync(int times, Func<Task> call)
    {
        var taken = new double[times];
        for (var i = 0; i < times; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await call();
            taken[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }
        Array.Sort(taken);
        return taken;
    }

    public void Dispose() => _http.Dispose();
}
