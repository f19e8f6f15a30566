using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Deployments;

/// <summary>Puts the rows of several requests into one, and takes them apart again.</summary>
internal static class TensorRows
{
    /// <summary>Whether two requests can be one: the same inputs of the same types, and but for the rows of the same shapes.</summary>
    public static bool Fit(IReadOnlyList<Tensor> a, IReadOnlyList<Tensor> b)
    {
        if (a.Count != b.Count) return false;
        for (var i = 0; i < a.Count; i++)
            if (a[i].Name != b[i].Name || a[i].Datatype != b[i].Datatype || a[i].Shape.Length == 0 || !a[i].Shape.AsSpan(1).SequenceEqual(b[i].Shape.AsSpan(Math.Min(1, b[i].Shape.Length)))) return false;
        return true;
    }

    public static Tensor[] Join(IReadOnlyList<IReadOnlyList<Tensor>> requests)
    {
        var joined = new Tensor[requests[0].Count];
        for (var i = 0; i < joined.Length; i++) joined[i] = Join([.. requests.Select(r => r[i])]);
        return joined;
    }

    /// <summary>Rows <paramref name="from"/> to <paramref name="from"/> + <paramref name="rows"/> of each.</summary>
    public static Tensor[] Take(IReadOnlyList<Tensor> tensors, int from, int rows) => [.. tensors.Select(t => Take(t, from, rows))];

    public static void RequireRows(IReadOnlyList<Tensor> outputs, int rows)
    {
        foreach (var output in outputs)
            if (output.Shape.Length == 0 || output.Rows != rows)
                throw new ModelException($"The model answered {output.Rows} rows of '{output.Name}' for a batch of {rows} rows; it cannot be batched.");
    }

    private static Tensor Join(Tensor[] parts) => parts[0] switch
    {
        Tensor<float> => Join<float>(parts),
        Tensor<double> => Join<double>(parts),
        Tensor<long> => Join<long>(parts),
        Tensor<int> => Join<int>(parts),
        Tensor<short> => Join<short>(parts),
        Tensor<sbyte> => Join<sbyte>(parts),
        Tensor<byte> => Join<byte>(parts),
        Tensor<ushort> => Join<ushort>(parts),
        Tensor<uint> => Join<uint>(parts),
        Tensor<ulong> => Join<ulong>(parts),
        Tensor<Half> => Join<Half>(parts),
        Tensor<bool> => Join<bool>(parts),
        Tensor<string> => Join<string>(parts),
        var other => throw new NotSupportedException(other.Datatype),
    };

    private static Tensor<T> Join<T>(Tensor[] parts)
    {
        var values = new T[parts.Sum(p => p.Count)];
        var rows = 0L;
        var at = 0;
        foreach (var part in parts)
        {
            var from = ((Tensor<T>)part).Values;
            from.CopyTo(values, at);
            at += from.Length;
            rows += part.Rows;
        }
        return new Tensor<T>(parts[0].Name, values, [rows, .. parts[0].Shape.AsSpan(1)]);
    }

    private static Tensor Take(Tensor tensor, int from, int rows) => tensor switch
    {
        Tensor<float> t => Take(t, from, rows),
        Tensor<double> t => Take(t, from, rows),
        Tensor<long> t => Take(t, from, rows),
        Tensor<int> t => Take(t, from, rows),
        Tensor<short> t => Take(t, from, rows),
        Tensor<sbyte> t => Take(t, from, rows),
        Tensor<byte> t => Take(t, from, rows),
        Tensor<ushort> t => Take(t, from, rows),
        Tensor<uint> t => Take(t, from, rows),
        Tensor<ulong> t => Take(t, from, rows),
        Tensor<Half> t => Take(t, from, rows),
        Tensor<bool> t => Take(t, from, rows),
        Tensor<string> t => Take(t, from, rows),
        _ => throw new NotSupportedException(tensor.Datatype),
    };

    private static Tensor<T> Take<T>(Tensor<T> tensor, int from, int rows)
    {
        var size = tensor.Rows == 0 ? 0 : tensor.Count / tensor.Rows;
        return new Tensor<T>(tensor.Name, tensor.Values.AsSpan(from * size, rows * size).ToArray(), [rows, .. tensor.Shape.AsSpan(1)]);
    }
}
