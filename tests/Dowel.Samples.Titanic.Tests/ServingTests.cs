using Dowel.Adapters.MlNet;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Testing;
using Dowel.Samples.Titanic.Training;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Samples.Titanic.Tests;

/// <summary>The files of the sample's model, as the server's runtime loads them.</summary>
public sealed class ServingTests
{
    public static TheoryData<string> Trainers => TrainingTests.Trainers;

    [Theory]
    [MemberData(nameof(Trainers))]
    public async Task The_runtime_keeps_the_registered_signature_and_answers_as_in_training(string name)
    {
        var model = SurvivalTrainer.All.Single(t => t.Name == name).Fit(Data.Rows);
        var folder = Directory.CreateTempSubdirectory("titanic-model-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "model.zip"), model.ToZip());
            await File.WriteAllTextAsync(Path.Combine(folder, "dowel-model.json"), System.Text.Json.JsonSerializer.Serialize(SurvivalModel.OutputChoice));
            await using var services = new ServiceCollection().AddMlNetRuntime().BuildServiceProvider();
            await using var loaded = await services.GetRequiredService<IModelRuntime>().LoadAsync(
                new ModelArtifact { Name = "titanic-survival", Version = 1, Flavor = "mlnet", Folder = folder, Signature = SurvivalModel.Signature }, ModelHost.Trial, default);

            Assert.Equal(
                SurvivalModel.Signature.Inputs.Select(i => (i.Name, i.Datatype, i.Optional)).Order(),
                loaded.Signature.Inputs.Select(i => (i.Name, i.Datatype, i.Optional)).Order());
            Assert.Equal(SurvivalModel.Signature.Outputs.Select(o => (o.Name, o.Datatype)), loaded.Signature.Outputs.Select(o => (o.Name, o.Datatype)));

            var answer = await loaded.AnswerAsync(
            [
                Tensor.Of("title", Data.Features.Select(f => f.Title).ToArray()),
                Tensor.Of("is_female", Data.Features.Select(f => f.IsFemale).ToArray()),
                Tensor.Of("class_number", Data.Features.Select(f => f.ClassNumber).ToArray()),
                Tensor.Of("age", Data.Features.Select(f => f.Age).ToArray()),
                Tensor.Of("age_missing", Data.Features.Select(f => f.AgeMissing).ToArray()),
                Tensor.Of("is_child", Data.Features.Select(f => f.IsChild).ToArray()),
                Tensor.Of("family_size", Data.Features.Select(f => f.FamilySize).ToArray()),
            ], default);
            Assert.Equal(model.Probabilities(Data.Features), ((Tensor<float>)answer[0]).Values.Select(p => (double)p));
            Assert.Equal(model.Decisions(Data.Features), ((Tensor<bool>)answer[1]).Values);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
