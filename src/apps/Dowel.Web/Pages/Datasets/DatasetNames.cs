using System.Text;

namespace Dowel.Web.Pages.Datasets;

/// <summary>Names for datasets out of file names: what a SQL query can write without quotes.</summary>
internal static class DatasetNames
{
    public static string FromFile(string file)
    {
        var stem = Path.GetFileNameWithoutExtension(file.Replace('\\', '/').Split('/')[^1]).ToLowerInvariant();
        var name = new StringBuilder();
        foreach (var c in stem)
        {
            if (char.IsAsciiLetterOrDigit(c)) name.Append(c);
            else if (name.Length > 0 && name[^1] != '_') name.Append('_');
        }
        var result = name.ToString().Trim('_');
        return result.Length == 0 ? "table" : char.IsAsciiDigit(result[0]) ? "t_" + result : result;
    }

    /// <summary>A name as SQL takes it.</summary>
    public static string Quoted(string name) => name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_') && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
