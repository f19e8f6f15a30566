using System.Text.Encodings.Web;
using System.Text.Json;
using Dowel.Contracts;
using Spectre.Console;

namespace Dowel.Cli;

/// <summary>Prints results: tables for people or JSON alone for programs; messages go to standard error.</summary>
internal sealed class Output(CliHost host, OutputFormat format)
{
    public static JsonSerializerOptions Json { get; } = new(DowelJson.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Indented = new(Json) { WriteIndented = true };

    public bool IsJson => format == OutputFormat.Json;

    /// <summary>Says something beside the result.</summary>
    public Task NoteAsync(string text) => host.Error.WriteLineAsync(Cell.Clean(text));

    /// <summary>Says that something was done; as JSON the thing itself is the result.</summary>
    public int Done(string text, object? json = null)
    {
        if (!IsJson) host.Out.WriteLine(Cell.Clean(text));
        else if (json is not null) WriteJson(json);
        else host.Error.WriteLine(Cell.Clean(text));
        return ExitCodes.Ok;
    }

    /// <summary>Prints plain text, or its JSON.</summary>
    public int Text(string text, object json)
    {
        if (IsJson) WriteJson(json);
        else host.Out.WriteLine(text);
        return ExitCodes.Ok;
    }

    /// <summary>Prints one JSON object on one line, for streams.</summary>
    public void JsonLine(object value) => host.Out.WriteLine(JsonSerializer.Serialize(value, value.GetType(), Json));

    public void WriteJson(object value) => host.Out.WriteLine(JsonSerializer.Serialize(value, value.GetType(), Indented));

    /// <summary>Prints what there is of a list, up to a limit.</summary>
    public async Task<int> ListAsync<T>(IAsyncEnumerable<T> items, int limit, string nothing, params Column<T>[] columns)
    {
        var kept = new List<T>();
        var more = false;
        await foreach (var item in items)
        {
            if (kept.Count == limit)
            {
                more = true;
                break;
            }
            kept.Add(item);
        }
        List(kept, nothing, columns);
        if (more) await NoteAsync($"There are more than {limit}; give a higher --limit.");
        return ExitCodes.Ok;
    }

    public int List<T>(IReadOnlyList<T> items, string nothing, params Column<T>[] columns)
    {
        if (IsJson)
        {
            WriteJson(items);
            return ExitCodes.Ok;
        }
        if (items.Count == 0)
        {
            host.Error.WriteLine(nothing);
            return ExitCodes.Ok;
        }
        var table = NewTable();
        foreach (var column in columns) table.AddColumn(Header(column.Title, column.Right));
        foreach (var item in items) table.AddRow(columns.Select(c => new Text(Cell.Of(c.Value(item)))));
        Write(table);
        return ExitCodes.Ok;
    }

    /// <summary>Prints one thing: its name-value pairs, those without a value left out.</summary>
    public int Record(object json, params (string Name, object? Value)[] rows)
    {
        if (IsJson)
        {
            WriteJson(json);
            return ExitCodes.Ok;
        }
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, value) in rows)
        {
            var text = Cell.Of(value);
            if (text.Length > 0) grid.AddRow(new Text(name, new Style(decoration: Decoration.Bold)), new Text(text));
        }
        Write(grid);
        return ExitCodes.Ok;
    }

    /// <summary>Prints a section of a record, for people only.</summary>
    public void Section<T>(string title, IReadOnlyList<T> items, params Column<T>[] columns)
    {
        if (IsJson || items.Count == 0) return;
        host.Out.WriteLine();
        host.Out.WriteLine(title);
        List(items, "", columns);
    }

    /// <summary>Prints a table whose columns are data; as JSON it is the object given.</summary>
    public int Data(object json, IReadOnlyList<ColumnInfo> columns, IReadOnlyList<object?[]> rows)
    {
        if (IsJson)
        {
            WriteJson(json);
            return ExitCodes.Ok;
        }
        var table = NewTable();
        foreach (var column in columns) table.AddColumn(Header(column.Name, rows.Count > 0 && rows.All(r => At(r, columns, column) is null or long or double)));
        foreach (var row in rows) table.AddRow(columns.Select((_, i) => new Text(i < row.Length ? Cell.Of(row[i]) : "")));
        if (columns.Count > 0) Write(table);
        return ExitCodes.Ok;
    }

    private static object? At(object?[] row, IReadOnlyList<ColumnInfo> columns, ColumnInfo column)
    {
        for (var i = 0; i < columns.Count && i < row.Length; i++)
        {
            if (ReferenceEquals(columns[i], column)) return row[i];
        }
        return null;
    }

    private static Table NewTable() => new Table().Border(TableBorder.Simple);

    private static TableColumn Header(string title, bool right)
    {
        var column = new TableColumn(new Text(Cell.Clean(title)));
        return right ? column.RightAligned() : column;
    }

    private void Write(Spectre.Console.Rendering.IRenderable what)
    {
        if (host.OutIsTerminal)
        {
            Write(what, host.Out);
            return;
        }
        // For pipes and files: no blank lines around it, no blanks at the ends of lines.
        using var text = new StringWriter();
        Write(what, text);
        foreach (var line in text.ToString().ReplaceLineEndings("\n").Split('\n'))
        {
            if (!string.IsNullOrWhiteSpace(line)) host.Out.WriteLine(line.TrimEnd());
        }
    }

    private void Write(Spectre.Console.Rendering.IRenderable what, TextWriter to)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(to),
            Ansi = host.OutIsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = host.OutIsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        // What is piped on is not cut or wrapped at some terminal's width.
        if (!host.OutIsTerminal) console.Profile.Width = 4000;
        console.Write(what);
    }
}
