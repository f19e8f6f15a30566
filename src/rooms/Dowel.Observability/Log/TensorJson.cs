using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dowel.Kernel.Tensors;

namespace Dowel.Observability.Log;

/// <summary>Tensors as JSON: an object of name → one value a row (an array where a row has several), NaN and infinities as texts. Made when records become rows, not when they are appended.</summary>
internal sealed class TensorJson : IDisposable
{
    [ThreadStatic]
    private static TensorJson? t_own;

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _writer;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<(string? Name, string Type)> _last = [];
    private string? _lastTypes;

    private TensorJson() => _writer = new(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    public static TensorJson Own => t_own ??= new();

    public void Dispose() => _writer.Dispose();

    /// <summary>The values of a list.</summary>
    public string Values(IReadOnlyList<Tensor>? tensors)
    {
        if (tensors is null or { Count: 0 }) return "{}";
        Begin();
        _writer.WriteStartObject();
        Each(tensors, WriteTensor);
        _writer.WriteEndObject();
        return End();
    }

    /// <summary>The data types of all lists: <c>{"inputs":{"age":"FP32"},"features":{},"outputs":{}}</c>.</summary>
    public string Types(IReadOnlyList<Tensor>? inputs, IReadOnlyList<Tensor>? features, IReadOnlyList<Tensor>? outputs)
    {
        // Record after record of an endpoint has the same ones.
        if (SameTypes([inputs, features, outputs])) return _lastTypes!;
        Begin();
        _writer.WriteStartObject();
        foreach (var (role, tensors) in new[] { ("inputs", inputs), ("features", features), ("outputs", outputs) })
        {
            _writer.WriteStartObject(role);
            Each(tensors ?? [], (name, tensor) => _writer.WriteString(name, tensor.Datatype));
            _writer.WriteEndObject();
        }
        _writer.WriteEndObject();
        return _lastTypes = End();
    }

    /// <summary>Whether the lists have the names and types of the ones before; remembers them if not.</summary>
    private bool SameTypes(ReadOnlySpan<IReadOnlyList<Tensor>?> lists)
    {
        var (at, same) = (0, _lastTypes is not null);
        foreach (var list in lists)
        {
            for (var i = 0; same && i < list?.Count; i++, at++) same = at < _last.Count && _last[at].Name == list[i].Name && _last[at].Type == list[i].Datatype;
            same = same && at < _last.Count && _last[at++].Name is null;
        }
        if (same && at == _last.Count) return true;
        _last.Clear();
        foreach (var list in lists)
        {
            foreach (var tensor in list ?? []) _last.Add((tensor.Name, tensor.Datatype));
            _last.Add((null, ""));
        }
        return false;
    }

    /// <summary>Plain values as a JSON array.</summary>
    public string Array(IReadOnlyList<object?> values)
    {
        Begin();
        _writer.WriteStartArray();
        foreach (var value in values) WriteValue(value);
        _writer.WriteEndArray();
        return End();
    }

    private void Begin()
    {
        _buffer.ResetWrittenCount();
        _writer.Reset();
    }

    private string End()
    {
        _writer.Flush();
        var text = Encoding.UTF8.GetString(_buffer.WrittenSpan);
        // One large record must not hold its memory for ever.
        if (_buffer.Capacity > 4 * 1024 * 1024) t_own = null;
        return text;
    }

    /// <summary>A name that stands twice would make JSON that nobody may read, so the second one gets a number.</summary>
    private void Each(IReadOnlyList<Tensor> tensors, Action<string, Tensor> write)
    {
        _names.Clear();
        foreach (var tensor in tensors)
        {
            var name = tensor.Name;
            for (var n = 2; !_names.Add(name); n++) name = $"{tensor.Name} ({n})";
            write(name, tensor);
        }
    }

    private void WriteTensor(string name, Tensor tensor)
    {
        var (width, expected) = (1L, 1L);
        for (var i = 0; i < tensor.Shape.Length; i++)
        {
            expected *= tensor.Shape[i];
            if (i > 0) width *= tensor.Shape[i];
        }
        _writer.WriteStartArray(name);
        if (width == 1) for (var i = 0; i < tensor.Count; i++) WriteElement(tensor, i);
        else if (width > 1)
            for (var row = 0; row < tensor.Count / width; row++)
            {
                _writer.WriteStartArray();
                for (var i = row * width; i < (row + 1) * width; i++) WriteElement(tensor, (int)i);
                _writer.WriteEndArray();
            }
        if (tensor.Count < expected) _writer.WriteStringValue(TensorCodec.Truncated);
        _writer.WriteEndArray();
    }

    private void WriteElement(Tensor tensor, int i)
    {
        switch (tensor)
        {
            case Tensor<float> t: WriteNumber(t.Values[i]); break;
            case Tensor<double> t: WriteNumber(t.Values[i]); break;
            case Tensor<Half> t: WriteNumber((float)t.Values[i]); break;
            case Tensor<long> t: _writer.WriteNumberValue(t.Values[i]); break;
            case Tensor<int> t: _writer.WriteNumberValue(t.Values[i]); break;
            case Tensor<bool> t: _writer.WriteBooleanValue(t.Values[i]); break;
            case Tensor<string> t when t.Values[i] is { } text: _writer.WriteStringValue(text); break;
            case Tensor<string>: _writer.WriteNullValue(); break;
            case Tensor<ulong> t: _writer.WriteNumberValue(t.Values[i]); break;
            default: _writer.WriteNumberValue(Convert.ToInt64(tensor[i], System.Globalization.CultureInfo.InvariantCulture)); break;
        }
    }

    private void WriteValue(object? value)
    {
        switch (value)
        {
            case null: _writer.WriteNullValue(); break;
            case bool b: _writer.WriteBooleanValue(b); break;
            case long l: _writer.WriteNumberValue(l); break;
            case double d: WriteNumber(d); break;
            default: _writer.WriteStringValue(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)); break;
        }
    }

    private void WriteNumber(double value)
    {
        if (double.IsFinite(value)) _writer.WriteNumberValue(value);
        else _writer.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private void WriteNumber(float value)
    {
        if (float.IsFinite(value)) _writer.WriteNumberValue(value);
        else _writer.WriteStringValue(float.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
}
