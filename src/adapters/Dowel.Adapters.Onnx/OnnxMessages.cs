using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace Dowel.Adapters.Onnx;

/// <summary>ONNX Runtime's messages without its own source files and this server's folders.</summary>
internal static partial class OnnxMessages
{
    public static string ForPeople(OnnxRuntimeException e, string? folder = null)
    {
        var text = Code().Replace(e.Message, "");
        text = SourcePlace().Replace(text, "");
        if (folder is not null) text = text.Replace(folder.TrimEnd('/') + "/", "", StringComparison.Ordinal).Replace(folder, "…", StringComparison.Ordinal);
        return text.Trim();
    }

    // "[ErrorCode:InvalidArgument] Got invalid dimensions …"
    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*")]
    private static partial Regex Code();

    // "/onnxruntime_src/onnxruntime/core/…/x.cc:37 void f(…) "
    [GeneratedRegex(@"\S*\.(cc|h|cpp):\d+\s+[^()]*\([^)]*\)( const)?\s*")]
    private static partial Regex SourcePlace();
}
