using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dowel.Web.Pages.Audit;

/// <summary>One record of the trail in full.</summary>
public partial class AuditDetail
{
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The record.</summary>
    [Parameter, EditorRequired] public AuditRecord Record { get; set; } = new();

    private static string Pretty(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return JsonSerializer.Serialize(document.RootElement, indented);
        }
        catch (JsonException)
        {
            return json;
        }
    }
}
