using System.Text.Json;
using Dowel.Kernel.Tensors;

namespace Dowel.Protocols.Inference.SeldonV1;

/// <summary>The forms of a payload; an answer takes that of its request.</summary>
internal enum SeldonForm
{
    /// <summary><c>data.tensor</c>: a shape and numbers.</summary>
    Tensor,
    /// <summary><c>data.ndarray</c>: nested lists.</summary>
    NdArray,
    /// <summary><c>data.tftensor</c>: a TensorFlow tensor.</summary>
    TfTensor,
    /// <summary><c>strData</c>: one text.</summary>
    StrData,
    /// <summary><c>jsonData</c>: any JSON.</summary>
    JsonData,
    /// <summary><c>binData</c>: bytes, as base64.</summary>
    BinData,
}

/// <summary>A decoded request.</summary>
/// <param name="Inputs">The inputs.</param>
/// <param name="Form">The form they came in.</param>
/// <param name="Tags">The caller's tags, which the answer repeats.</param>
internal sealed record SeldonRequest(IReadOnlyList<Tensor> Inputs, SeldonForm Form, IReadOnlyDictionary<string, JsonElement> Tags);

/// <summary>Decoded feedback.</summary>
/// <param name="PredictionId">The prediction that it is on.</param>
/// <param name="Values">What turned out to be right, a value a row.</param>
internal sealed record SeldonFeedback(string PredictionId, IReadOnlyList<object?> Values);
