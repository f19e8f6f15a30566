using System.Globalization;

namespace Dowel.Web.Pages.Experiments;

/// <summary>The course of a metric, as small as a word.</summary>
public partial class Sparkline
{
    private string line = "";

    /// <summary>The values, in their order.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<double> Values { get; set; } = [];

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        var values = Values.Where(double.IsFinite).ToList();
        line = "";
        if (values.Count < 2) return;
        var (low, high) = (values.Min(), values.Max());
        line = string.Join(' ', values.Select((v, i) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * i / (values.Count - 1):0.#},{(high > low ? 22 - 20 * (v - low) / (high - low) : 12):0.#}")));
    }
}
