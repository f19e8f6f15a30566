using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Graphs;

/// <summary>Makes one answer of several that have the same outputs.</summary>
internal static class GraphCombine
{
    public static IReadOnlyList<Tensor> Run(GraphCombiner combiner, string node, IReadOnlyList<IReadOnlyList<Tensor>> answers) => [.. answers[0].Select(first =>
    {
        var same = answers.Select(a => a.FirstOrDefault(t => t.Name == first.Name && t.Shape.AsSpan().SequenceEqual(first.Shape))
            ?? throw new ModelException($"The steps of the ensemble '{node}' answer different outputs; '{first.Name}' of shape [{string.Join(", ", first.Shape)}] is not in all of them.")).ToList();
        return combiner == GraphCombiner.Mean ? Mean(node, same) : Vote(same);
    })];

    private static Tensor<double> Mean(string node, List<Tensor> tensors)
    {
        var sum = new double[tensors[0].Count];
        foreach (var tensor in tensors)
        {
            if (!TensorConvert.Cast(tensor, "FP64").TryGet(out var cast, out _)) throw new ModelException($"The ensemble '{node}' cannot take the mean of '{tensor.Name}', which is {tensor.Datatype}.");
            var values = ((Tensor<double>)cast).Values;
            for (var i = 0; i < sum.Length; i++) sum[i] += values[i] / tensors.Count;
        }
        return new Tensor<double>(tensors[0].Name, sum, tensors[0].Shape);
    }

    private static Tensor Vote(List<Tensor> tensors) => tensors[0] switch
    {
        Tensor<string> t => Vote(t, tensors),
        Tensor<bool> t => Vote(t, tensors),
        Tensor<long> t => Vote(t, tensors),
        Tensor<int> t => Vote(t, tensors),
        Tensor<float> t => Vote(t, tensors),
        Tensor<double> t => Vote(t, tensors),
        var other => TensorConvert.Cast(other, "FP64").TryGet(out var cast, out _)
            ? Vote((Tensor<double>)cast, [.. tensors.Select(t => TensorConvert.Cast(t, "FP64").Value)])
            : throw new ModelException($"There is no vote over '{other.Name}', which is {other.Datatype}."),
    };

    private static Tensor<T> Vote<T>(Tensor<T> first, List<Tensor> tensors)
    {
        var voters = tensors.Select(t => t as Tensor<T> ?? throw new ModelException($"The steps answer '{first.Name}' in different types, {first.Datatype} and {t.Datatype}.")).ToList();
        var winners = new T[first.Count];
        for (var i = 0; i < winners.Length; i++)
        {
            var at = i;
            // Groups keep the order in which they came, so the first of several that are equally frequent wins.
            winners[i] = voters.Select(v => v.Values[at]).GroupBy(v => v).MaxBy(g => g.Count())!.Key;
        }
        return new Tensor<T>(first.Name, winners, first.Shape);
    }
}
