using Dowel.Testing;
using System.IO.Compression;
using Dowel.Kernel.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Adapters.MlNet.Tests;

public sealed class LoadingTests : IDisposable
{
    private readonly Models models = new();

    public void Dispose() => models.Dispose();

    [Fact]
    public void Is_added_once_as_the_runtime_of_flavor_mlnet()
    {
        using var services = new ServiceCollection().AddMlNetRuntime().AddMlNetRuntime(o => o.MaxEntries = 5).BuildServiceProvider();
        Assert.Equal("mlnet", Assert.Single(services.GetServices<IModelRuntime>()).Flavor);
    }

    [Fact]
    public async Task Says_its_inputs_and_outputs_with_the_label_optional()
    {
        await using var loaded = await Models.LoadAsync(models.HouseModel().Folder);
        Assert.Equal(
            ["Rooms:FP32", "Size:FP64", "Year:INT64", "Garden:BOOL", "Kind:BYTES", "Sold:BOOL?"],
            loaded.Signature.Inputs.Select(i => $"{i.Name}:{i.Datatype}{(i.Optional ? "?" : "")}"));
        Assert.Equal(["Probability:FP32", "PredictedLabel:BOOL", "Score:FP32"], loaded.Signature.Outputs.Select(o => $"{o.Name}:{o.Datatype}"));
        Assert.All(loaded.Signature.Inputs, i => Assert.Equal([-1], i.Shape));
    }

    [Fact]
    public async Task Says_shapes_of_vectors_and_the_values_of_keys()
    {
        await using var loaded = await Models.LoadAsync(models.FlowerModel("""{"outputs":[{"column":"Score","name":"s"},{"column":"ClassKey","name":"k"}]}""").Folder);
        Assert.Equal([-1, 4], loaded.Signature.Inputs.Single(i => i.Name == "Parts").Shape);
        Assert.True(loaded.Signature.Inputs.Single(i => i.Name == "Species").Optional);
        Assert.Equal([-1, 3], loaded.Signature.Outputs[0].Shape);
        Assert.Equal(["species 0", "species 1", "species 2"], loaded.Signature.Outputs[1].Values!.Order());
    }

    [Fact]
    public async Task Exposes_the_outputs_that_were_chosen_under_their_names()
    {
        await using var loaded = await Models.LoadAsync(models.HouseModel("""{"outputs":[{"column":"Probability","name":"chance","description":"of a sale"},{"column":"PredictedLabel"}]}""").Folder);
        Assert.Equal(["chance", "PredictedLabel"], loaded.Signature.Outputs.Select(o => o.Name));
        Assert.Equal("of a sale", loaded.Signature.Outputs[0].Description);
    }

    [Theory]
    [InlineData("""{"outputs":[{"column":"Nothing","name":"x"}]}""", "Probability")]
    [InlineData("""{"outputs":[{"column":"Score","name":"x"},{"column":"Probability","name":"x"}]}""", "two outputs 'x'")]
    [InlineData("""{"outputs":[{"name":"x"}]}""", "'column'")]
    [InlineData("""{"outputs":[null]}""", "'column'")]
    [InlineData("""{"outputs":""", "cannot be read")]
    [InlineData("""[1,2]""", "cannot be read")]
    public async Task Refuses_a_wrong_choice_of_outputs(string chosen, string said) =>
        Assert.Contains(said, (await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(models.HouseModel(chosen).Folder))).Message);

    [Fact]
    public async Task Says_that_the_file_is_missing() =>
        Assert.Contains("no file 'model.zip'", (await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(models.NewFolder()))).Message);

    [Fact]
    public async Task Refuses_a_model_without_its_schema()
    {
        var (folder, _) = models.Save(models.HouseModel().Model, null);
        Assert.Contains("schema", (await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(folder))).Message);
    }

    [Fact]
    public async Task Refuses_what_is_no_zip_or_no_model()
    {
        var folder = models.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "model.zip"), "not a zip");
        await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(folder));
        await File.WriteAllBytesAsync(Path.Combine(folder, "model.zip"), []);
        await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(folder));
        await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(Zip(("hello.txt", 10))));
    }

    [Fact]
    public async Task Refuses_a_damaged_model_wherever_it_is_cut_or_changed()
    {
        var good = await File.ReadAllBytesAsync(Path.Combine(models.HouseModel().Folder, "model.zip"));
        var random = new Random(3);
        var folder = models.NewFolder();
        var path = Path.Combine(folder, "model.zip");
        for (var i = 0; i < 60; i++)
        {
            var bad = (byte[])good.Clone();
            if (i % 2 == 0) bad = bad[..random.Next(bad.Length)];
            else for (var j = 0; j < 40; j++) bad[random.Next(bad.Length)] ^= (byte)random.Next(1, 256);
            await File.WriteAllBytesAsync(path, bad);
            // Some changes hit nothing that matters; whatever else happens must be a message, never a fault.
            try
            {
                await using var loaded = await Models.LoadAsync(folder);
            }
            catch (ModelException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("..\\evil")]
    [InlineData("/etc/evil")]
    [InlineData("C:\\evil")]
    public async Task Refuses_an_archive_that_climbs_out_of_its_folder(string name) =>
        Assert.Contains("outside", (await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(Zip((name, 10))))).Message);

    [Fact]
    public async Task Refuses_an_archive_that_swells()
    {
        var bomb = Zip(("zeros", 200 << 20));
        Assert.Contains("unpack", (await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(bomb))).Message);
        Assert.Contains("unpack", (await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(models.HouseModel().Folder, new MlNetOptions { MaxUnpackedBytes = 1000 }))).Message);
        Assert.Contains("entries", (await Assert.ThrowsAsync<ModelException>(() => Models.LoadAsync(models.HouseModel().Folder, new MlNetOptions { MaxEntries = 2 }))).Message);
    }

    [Fact]
    public async Task Refuses_to_predict_after_it_was_disposed()
    {
        var loaded = await Models.LoadAsync(models.HouseModel().Folder);
        await loaded.DisposeAsync();
        await loaded.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await loaded.AnswerAsync(Models.TensorsOf(Models.Houses(1, 1)), default));
    }

    private string Zip(params (string Name, int Size)[] entries)
    {
        var folder = models.NewFolder();
        using var zip = ZipFile.Open(Path.Combine(folder, "model.zip"), ZipArchiveMode.Create);
        foreach (var (name, size) in entries)
        {
            using var stream = zip.CreateEntry(name).Open();
            stream.Write(new byte[size]);
        }
        return folder;
    }
}
