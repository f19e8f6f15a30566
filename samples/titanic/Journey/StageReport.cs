using System.Globalization;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>What a stage found: figures for the file, words for its line, and lines below it.</summary>
internal sealed class StageReport
{
    private readonly List<string> words = [];
    private readonly List<string> details = [];

    /// <summary>By name, for the JSON file.</summary>
    public Dictionary<string, object> Figures { get; } = [];

    public string Line => string.Join(", ", words);

    public IReadOnlyList<string> Details => details;

    /// <summary>States a figure in the file alone.</summary>
    public void Figure(string name, object value) => Figures[name] = value;

    /// <summary>Says it on the stage's line.</summary>
    public void Say(FormattableString words) => this.words.Add(words.ToString(CultureInfo.InvariantCulture));

    /// <summary>Says it on a line of its own below.</summary>
    public void Detail(FormattableString line) => details.Add(line.ToString(CultureInfo.InvariantCulture));
}
