using System.Globalization;
using System.Text;

namespace Dowel.Samples.Titanic.Features;

/// <summary>Reads titanic.csv.</summary>
public static class PassengerCsv
{
    private const string Header = "passenger_id,name,sex,age,passenger_class,survived";

    public static IReadOnlyList<Passenger> Read(TextReader reader)
    {
        if (reader.ReadLine() is not Header) throw new FormatException($"The first line is not '{Header}'.");
        var passengers = new List<Passenger>();
        while (reader.ReadLine() is { } line)
        {
            var cells = Split(line);
            if (cells.Count != 6) throw new FormatException($"Line {passengers.Count + 2} has {cells.Count} cells instead of 6.");
            passengers.Add(new Passenger(
                long.Parse(cells[0], CultureInfo.InvariantCulture),
                cells[1],
                cells[2],
                cells[3].Length == 0 ? null : double.Parse(cells[3], CultureInfo.InvariantCulture),
                cells[4],
                cells[5] == "1"));
        }
        return passengers;
    }

    /// <summary>The cells of a line; quoted ones may contain commas, and quotes written twice (RFC 4180).</summary>
    private static List<string> Split(string line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            if (quoted && line[i] == '"' && i + 1 < line.Length && line[i + 1] == '"') cell.Append(line[i++]);
            else if (line[i] == '"') quoted = !quoted;
            else if (line[i] == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else cell.Append(line[i]);
        }
        cells.Add(cell.ToString());
        return cells;
    }
}
