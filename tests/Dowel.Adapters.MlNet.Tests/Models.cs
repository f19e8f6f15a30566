using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dowel.Adapters.MlNet.Tests;

public sealed class House
{
    public float Rooms { get; set; }
    public double Size { get; set; }
    public long Year { get; set; }
    public bool Garden { get; set; }
    public string Kind { get; set; } = "";
    public bool Sold { get; set; }
}

public sealed class HouseScore
{
    public float Probability { get; set; }
    public bool PredictedLabel { get; set; }
    public float Score { get; set; }
}

public sealed class Flower
{
    [VectorType(4)]
    public float[] Parts { get; set; } = [];
    public string Species { get; set; } = "";
}

public sealed class FlowerScore
{
    public string PredictedLabel { get; set; } = "";
    public float[] Score { get; set; } = [];
}

/// <summary>Trains small models and writes them as a data scientist would.</summary>
internal sealed class Models : IDisposable
{
    private static readonly string[] Kinds = ["flat", "house", "boat"];
    private readonly string root = Directory.CreateTempSubdirectory("dowel-mlnet-").FullName;

    public MLContext Context { get; } = new(seed: 7);

    public string NewFolder() => Directory.CreateDirectory(Path.Combine(root, Guid.NewGuid().ToString("n"))).FullName;

    public static House[] Houses(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var size = 20 + (200 * random.NextDouble());
            var garden = random.Next(2) == 1;
            return new House
            {
                Rooms = random.Next(20) == 0 ? float.NaN : random.Next(1, 9),
                Size = random.Next(20) == 0 ? double.NaN : size,
                Year = random.Next(1850, 2025),
                Garden = garden,
                Kind = random.Next(20) == 0 ? "" : Kinds[random.Next(Kinds.Length)],
                Sold = (garden ? 60 : 0) + size + (80 * random.NextDouble()) > 180,
            };
        })];
    }

    public static Flower[] Flowers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var species = random.Next(3);
            return new Flower { Parts = [.. Enumerable.Range(0, 4).Select(i => (float)((species * i) + random.NextDouble()))], Species = $"species {species}" };
        })];
    }

    /// <summary>Booleans, whole numbers, doubles and text in; trees; probability out.</summary>
    public (string Folder, ITransformer Model) HouseModel(string? chosen = null)
    {
        var data = Context.Data.LoadFromEnumerable(Houses(600, 1));
        var pipeline = Context.Transforms.Categorical.OneHotEncoding("KindCode", nameof(House.Kind))
            .Append(Context.Transforms.Conversion.ConvertType([new("SizeNumber", nameof(House.Size)), new("YearNumber", nameof(House.Year)), new("GardenNumber", nameof(House.Garden))], DataKind.Single))
            .Append(Context.Transforms.Concatenate("Features", nameof(House.Rooms), "SizeNumber", "YearNumber", "GardenNumber", "KindCode"))
            .Append(Context.BinaryClassification.Trainers.FastTree(nameof(House.Sold), numberOfTrees: 40, numberOfLeaves: 8));
        return Save(pipeline.Fit(data), data.Schema, chosen);
    }

    /// <summary>A vector in, a class name and a vector of scores out.</summary>
    public (string Folder, ITransformer Model) FlowerModel(string? chosen = null)
    {
        var data = Context.Data.LoadFromEnumerable(Flowers(300, 2));
        var pipeline = Context.Transforms.Conversion.MapValueToKey("Label", nameof(Flower.Species))
            .Append(Context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Label", nameof(Flower.Parts)))
            .Append(Context.Transforms.CopyColumns("ClassKey", "PredictedLabel"))
            .Append(Context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        return Save(pipeline.Fit(data), data.Schema, chosen);
    }

    public (string Folder, ITransformer Model) Save(ITransformer model, DataViewSchema? schema, string? chosen = null)
    {
        var folder = NewFolder();
        Context.Model.Save(model, schema, Path.Combine(folder, "model.zip"));
        if (chosen is not null) File.WriteAllText(Path.Combine(folder, "dowel-model.json"), chosen);
        return (folder, model);
    }

    public static Task<ILoadedModel> LoadAsync(string folder, MlNetOptions? options = null) =>
        new MlNetRuntime(options ?? new()).LoadAsync(new ModelArtifact { Name = "m", Version = 1, Flavor = "mlnet", Folder = folder }, ModelHost.Trial, CancellationToken.None);

    public static Tensor[] TensorsOf(IReadOnlyList<House> houses) =>
    [
        Tensor.Of("Kind", houses.Select(h => h.Kind).ToArray()),
        Tensor.Of("Rooms", houses.Select(h => h.Rooms).ToArray()),
        Tensor.Of("Size", houses.Select(h => h.Size).ToArray()),
        Tensor.Of("Year", houses.Select(h => h.Year).ToArray()),
        Tensor.Of("Garden", houses.Select(h => h.Garden).ToArray()),
    ];

    public void Dispose() => Directory.Delete(root, recursive: true);
}
