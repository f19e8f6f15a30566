using System.Globalization;
using System.Text.RegularExpressions;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Graphs;

/// <summary>A comparison of one value with a constant: <c>age &gt;= 18</c>, <c>score[1] &lt; 0.5</c>, <c>country == 'de'</c>, <c>is_new == true</c>.</summary>
internal sealed partial class GraphCondition
{
    public const string Expected = "a comparison such as age >= 18, score[1] < 0.5 or country == 'de'";
    private readonly string _name;
    private readonly int _index;
    private readonly string _comparison;
    private readonly object _constant;

    private GraphCondition(string name, int index, string comparison, object constant) => (_name, _index, _comparison, _constant) = (name, index, comparison, constant);

    /// <returns>Null where it is none.</returns>
    public static GraphCondition? Parse(string text)
    {
        if (text.Length > 500) return null;
        var match = Comparison().Match(text);
        if (!match.Success) return null;
        var index = 0;
        if (match.Groups["index"].Success && !int.TryParse(match.Groups["index"].ValueSpan, CultureInfo.InvariantCulture, out index)) return null;
        object? constant = match.Groups["text"].Success ? match.Groups["text"].Value
            : match.Groups["value"].Value is "true" or "false" ? match.Groups["value"].Value == "true"
            : double.TryParse(match.Groups["value"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
            : null;
        var comparison = match.Groups["op"].Value;
        if (constant is null || (constant is not double && comparison is not ("==" or "!="))) return null;
        return new(match.Groups["name"].Value, index, comparison, constant);
    }

    /// <summary>Whether it holds for the first row; a value that is missing or of another kind fits nothing but !=.</summary>
    public bool Holds(IReadOnlyList<Tensor> tensors)
    {
        var tensor = tensors.FirstOrDefault(t => t.Name == _name);
        var value = tensor is null || _index >= tensor.Count ? null : tensor[_index];
        if (value is not (null or bool or string)) value = value is Half half ? (double)half : Convert.ToDouble(value, CultureInfo.InvariantCulture);
        return _comparison switch
        {
            "==" => Equals(value, _constant),
            "!=" => !Equals(value, _constant),
            "<" => value is double a && a < (double)_constant,
            "<=" => value is double a && a <= (double)_constant,
            ">" => value is double a && a > (double)_constant,
            _ => value is double a && a >= (double)_constant,
        };
    }

    [GeneratedRegex(@"^\s*(?<name>[\p{L}_][\p{L}\p{N}_.:\- ]*?)\s*(\[(?<index>\d+)\])?\s*(?<op>==|!=|<=|>=|<|>)\s*('(?<text>[^']*)'|""(?<text>[^""]*)""|(?<value>[-+.\w]+))\s*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Comparison();
}
