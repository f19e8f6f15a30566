using System.Net.Http.Json;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Tensors;
using Xunit.Sdk;

namespace Dowel.Adapters.Docker.Tests;

/// <summary>An image that <c>dowel package</c> makes of a model that Dowel's server runs itself.</summary>
public sealed class PackagedModelTests(TestEngine engine)
{
    private static readonly string Reference = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "tests", "Dowel.Adapters.Trees.Tests", "References", "lightgbm-4.6.0", "binary"));

    [Fact]
    public async Task It_is_built_the_same_each_time_and_answers_like_the_model_as_nobody_in_particular()
    {
        await engine.AspNetReadyAsync();
        var folder = Directory.CreateTempSubdirectory("dowel-package-").FullName;
        try
        {
            var model = Directory.CreateDirectory(Path.Combine(folder, "churn")).FullName;
            File.Copy(Path.Combine(Reference, "model.txt"), Path.Combine(model, "model.txt"));
            await PackageAsync("one");
            var layers = await LayersAsync();
            File.SetLastWriteTimeUtc(Path.Combine(model, "model.txt"), DateTime.UnixEpoch);
            await PackageAsync("two");
            Assert.Equal(layers, await LayersAsync());
            Assert.Equal("10001:10001", await TestEngine.DockerAsync("inspect", "-f", "{{.Config.User}}", Image));

            await using var host = new DockerHost();
            var served = await host.DeployAsync(new ContainerSpec { Image = Image, Port = 8080 });
            using var cases = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Reference, "cases.json"), TestContext.Current.CancellationToken));
            var rows = cases.RootElement.GetProperty("x").EnumerateArray().Take(20).Select(r => r.EnumerateArray().Select(v => v.GetDouble()).ToArray()).ToArray();
            var expected = cases.RootElement.GetProperty("prediction").EnumerateArray().Take(20).Select(v => v.GetDouble()).ToArray();
            var answer = (Tensor<double>)(await served.PredictAsync([Tensor.Of("input", rows.SelectMany(r => r).ToArray(), 20, rows[0].Length)], TestContext.Current.CancellationToken)).Tensors[0];
            Assert.All(expected.Zip(answer.Values.ToArray()), p => Assert.Equal(p.First, p.Second, 1e-6));

            // Seldon's protocol and MLflow's, at the root of the address as their servers have them.
            using var seldon = await PostAsync("api/v1.0/predictions", new { data = new { ndarray = rows } });
            Assert.Equal(expected[0], seldon.RootElement.GetProperty("data").GetProperty("ndarray")[0][0].GetDouble(), 1e-6);
            using var mlflow = await PostAsync("invocations", new { inputs = rows });
            Assert.Equal(expected[1], mlflow.RootElement.GetProperty("predictions")[1].GetDouble(), 1e-6);

            async Task<JsonDocument> PostAsync(string path, object body)
            {
                using var content = JsonContent.Create(body);
                await content.LoadIntoBufferAsync(TestContext.Current.CancellationToken);
                using var response = await served.Client.SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(served.Address, path)) { Content = content }, TestContext.Current.CancellationToken);
                return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), cancellationToken: TestContext.Current.CancellationToken);
            }

            async Task PackageAsync(string to)
            {
                var (code, output) = await TestEngine.RunAsync("dotnet", TestEngine.Built("Dowel.Cli"), "package", model, "--to", Path.Combine(folder, to), "--base", TestEngine.AspNetImage, "--no-install", "--build", "--tag", Image);
                if (code != 0) throw new XunitException(output);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private const string Image = "dowel-test/churn:1";

    private static Task<string> LayersAsync() => TestEngine.DockerAsync("inspect", "-f", "{{.RootFS.Layers}}", Image);
}
