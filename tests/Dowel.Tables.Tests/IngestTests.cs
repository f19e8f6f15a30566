using System.Diagnostics;
using System.Text;
using Dowel.Contracts;
using Dowel.Tables.Ingest;
using Dowel.Tables.Workers;

namespace Dowel.Tables.Tests;

public sealed class IngestTests(TestWorkers workers) : IClassFixture<TestWorkers>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private async Task<TableFile> Ok(string path, TableFormat format = TableFormat.Csv) => (await workers.All.ToParquetAsync(path, format, _folder["out.parquet"])).Value;

    private async Task<string> Fails(string path, TableFormat format = TableFormat.Csv)
    {
        var failure = Expect.Failure(await workers.All.ToParquetAsync(path, format, _folder["out.parquet"]));
        Assert.Equal(ErrorCodes.Malformed, failure.Code);
        Assert.DoesNotContain(_folder.Path, failure.Detail);
        // Nothing half-written stays behind.
        Assert.Equal([System.IO.Path.GetFileName(path)], Directory.EnumerateFileSystemEntries(_folder.Path).Select(System.IO.Path.GetFileName));
        return failure.Detail;
    }

    private Task<string> FailsCsv(string text) => Fails(_folder.Write("in.csv", text));

    private static string Types(TableFile table) => string.Join(" ", table.Columns.Select(c => $"{c.Name}:{c.Type}{(c.Nullable ? "?" : "")}"));

    private List<string> Rows()
    {
        using var connection = Duck.Open();
        return connection.Query($"SELECT * FROM {Duck.ReadParquet(_folder["out.parquet"])}", r => string.Join("|", Enumerable.Range(0, r.FieldCount).Select(i => r.IsDBNull(i) ? "∅" : Convert.ToString(r.GetValue(i), System.Globalization.CultureInfo.InvariantCulture))));
    }

    [Fact]
    public async Task Infers_the_types_of_the_titanic_passengers()
    {
        var table = await Ok(TestData.Titanic);
        Assert.Equal(1309, table.RowCount);
        Assert.Equal("passenger_id:int64 name:string sex:string age:float64? passenger_class:string survived:int64", Types(table));
        Assert.Equal(new FileInfo(table.Path).Length, table.ByteSize);
        using var connection = Duck.Open();
        Assert.Equal(263, connection.Query($"SELECT count(*) - count(age) FROM {Duck.ReadParquet(table.Path)}", r => r.GetInt64(0))[0]);
        Assert.Equal("ZSTD", connection.Query($"SELECT DISTINCT compression FROM parquet_metadata({Duck.Literal(table.Path)})", r => r.GetString(0)).Single());
    }

    [Theory]
    [InlineData("a,b\n1,x\n2,y\n")]
    [InlineData("a;b\n1;x\n2;y\n")]
    [InlineData("a\tb\n1\tx\n2\ty\n")]
    [InlineData("\uFEFFa,b\r\n1,x\r\n2,y\r\n")]
    [InlineData("\"a\";\"b\"\n\"1\";x\n2;\"y\"")]
    [InlineData(" a , b \n1,x\n\n2,y\n\n\n")]
    public async Task Reads_the_usual_layouts(string csv)
    {
        var table = await Ok(_folder.Write("in.csv", csv));
        Assert.Equal("a:int64 b:string", Types(table));
        Assert.Equal(["1|x", "2|y"], Rows());
    }

    [Fact]
    public async Task Reads_quotes_separators_and_line_ends_within_quotes()
    {
        var table = await Ok(_folder.Write("in.csv", "id,\"the \"\"text\"\", quoted\"\n1,\"a, \"\"b\"\"\nc\"\n2,\"\"\n3,d \"e\" f\n"));
        Assert.Equal("the \"text\", quoted", table.Columns[1].Name);
        Assert.Equal(["1|a, \"b\"\nc", "2|∅", "3|d \"e\" f"], Rows());
    }

    [Fact]
    public async Task Infers_from_all_rows_and_not_the_first_ones()
    {
        var table = await Ok(_folder.Write("in.csv", "a,b\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i},{i}\n")) + "x,0.5\n"));
        Assert.Equal("a:string b:float64", Types(table));
        Assert.Equal(60_001, table.RowCount);
    }

    [Fact]
    public async Task Infers_dates_times_and_booleans()
    {
        var table = await Ok(_folder.Write("in.csv", "d,t,b,e\n2020-01-02,2020-01-02 03:04:05,true,\n2021-01-02,2021-01-02 03:04:05.5,false,\n"));
        Assert.Equal("d:date t:timestamp b:boolean e:string?", Types(table));
    }

    [Fact]
    public async Task Keeps_a_file_with_a_header_alone()
    {
        var table = await Ok(_folder.Write("in.csv", "a,b\n"));
        Assert.Equal(0, table.RowCount);
        Assert.Equal("a:string b:string", Types(table));
    }

    [Fact]
    public async Task Reads_a_single_column_with_missing_values()
    {
        var table = await Ok(_folder.Write("in.csv", "a\n1\n\n3\n"));
        Assert.Equal("a:int64?", Types(table));
        Assert.Equal(["1", "∅", "3"], Rows());
    }

    [Fact]
    public async Task Names_an_unnamed_column()
    {
        Assert.Equal("column_1:int64 a:string", Types(await Ok(_folder.Write("in.csv", ",a\n1,x\n"))));
    }

    [Theory]
    [InlineData("", "The file is empty.")]
    [InlineData("\uFEFF", "The file is empty.")]
    [InlineData("a,b\n1,2\n1,2,3\n", "Line 3 has 3 fields, but the header names 2 columns: '1,2,3'.")]
    [InlineData("a,b\n\"x\ny\",2\n7\n", "Line 4 has 1 field, but the header names 2 columns: '7'.")]
    [InlineData("a,b,a\n1,2,3\n", "The column name 'a' occurs twice.")]
    [InlineData("Age,age\n1,2\n", "The column names 'Age' and 'age' differ only in upper and lower case.")]
    [InlineData("a,b\n1,\"x\n2,y\n", "The quoted text in the record that begins on line 2 does not end.")]
    [InlineData("a,b\n1,\"x\"y\n", "Line 2: there is text after a closing quote: '1,\"x\"y⏎'.")]
    public async Task Says_what_is_wrong_with_a_csv_file(string csv, string message) => Assert.Equal(message, await FailsCsv(csv));

    [Fact]
    public async Task Refuses_text_that_is_not_utf8()
    {
        Assert.Equal("Line 3 is not UTF-8 text. Save the file as UTF-8 and send it again.", await Fails(_folder.Write("in.csv", [.. "a,b\n1,2\n1,"u8, 0xE9, .. "t\n"u8])));
        Assert.Contains("not UTF-8", await Fails(_folder.Write("in.csv", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a,b\n1,2\n")).ToArray())));
        Assert.Contains("NUL", await Fails(_folder.Write("in.csv", "a\0,b\n1,2\n")));
    }

    [Fact]
    public async Task Finds_a_ragged_line_far_into_a_large_file()
    {
        var message = await FailsCsv("a,b\n" + string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i},\"text {i}\"\n")) + "oops\n");
        Assert.Equal("Line 200002 has 1 field, but the header names 2 columns: 'oops'.", message);
    }

    [Fact]
    public async Task Reads_json_lines()
    {
        var table = await Ok(_folder.Write("in.jsonl", "\uFEFF{\"a\":1,\"b\":\"x\",\"c\":{\"d\":[1,2]}}\n\n{\"a\":2.5,\"e\":\"2020-01-02T03:04:05Z\"}\r\n"), TableFormat.JsonLines);
        Assert.Equal("a:float64 b:string? c:struct? e:timestamp?", Types(table));
        Assert.Equal(2, table.RowCount);
    }

    [Fact]
    public async Task Keeps_numbers_as_text_that_a_float_would_round_or_lose()
    {
        var big = new string('9', 400);
        var table = await Ok(_folder.Write("in.csv", $"id,huge,range,\"odd'\"\"name\",fine,inf,whole\n12345678901234567890,{big},1e400,12345678901234567,1e20,1.5,12345678901234567168\n1,2.5,-2,0.5,0.5,inf,0.5\n,,,,nan,-Infinity,\n"));
        Assert.Equal("id:string? huge:string? range:string? odd'\"name:string? fine:float64 inf:float64 whole:float64?", Types(table));
        Assert.Equal("12345678901234567890", Rows()[0].Split('|')[0]);
        Assert.Equal(big, Rows()[0].Split('|')[1]);
    }

    [Fact]
    public async Task Takes_infinities_for_numbers_where_they_stand_among_numbers()
    {
        var table = await Ok(_folder.Write("in.csv", "first,only,signed,date,word,long\ninf,inf,+inf,inf,inf,inf\n1.5,-Infinity,-2,2020-01-02,infinite,12345678901234567\n-inf,,nan,,,\n"));
        Assert.Equal("first:float64 only:float64? signed:float64 date:date? word:string? long:string?", Types(table));
        using var connection = Duck.Open();
        Assert.Equal((double.PositiveInfinity, double.NegativeInfinity, double.PositiveInfinity), connection.Query(
            $"SELECT max(\"first\"), min(\"only\"), max(signed) FILTER (WHERE NOT isnan(signed)) FROM {Duck.ReadParquet(_folder["out.parquet"])}", r => (r.GetDouble(0), r.GetDouble(1), r.GetDouble(2)))[0]);
    }

    [Fact]
    public async Task Refuses_numbers_of_json_that_would_become_infinite()
    {
        Assert.Equal("Line 2 holds a number that float64 cannot hold: '1e400'. Send it as text, in quotes.", await Fails(_folder.Write("in.jsonl", "{\"a\":1e300}\n{\"a\":{\"b\":[1e400]}}\n"), TableFormat.JsonLines));
        Assert.StartsWith("Line 1 holds a number that float64 cannot hold: '9999", await Fails(_folder.Write("in.jsonl", $"{{\"a\":{new string('9', 400)}}}\n"), TableFormat.JsonLines));
    }

    [Fact]
    public async Task Takes_wide_files_and_refuses_wider_ones()
    {
        string Csv(int columns) => string.Join(',', Enumerable.Range(0, columns).Select(i => $"c{i}")) + "\n" + string.Join(',', Enumerable.Range(0, columns).Select(i => i % 2 == 0 ? "0.5" : "1e400")) + "\n";
        var table = await Ok(_folder.Write("in.csv", Csv(3000)));
        Assert.Equal((3000, 1L), (table.Columns.Count, table.RowCount));
        Assert.Equal(["float64", "string"], table.Columns.TakeLast(2).Select(c => c.Type));

        const string TooWide = "The table has more than 10000 columns. Leave some out, or make rows of them: one column for the name, one for the value.";
        async Task<(string, string)> Refused(TableFormat format)
        {
            var failure = Expect.Failure(await workers.All.ToParquetAsync(_folder["wide"], format, _folder["wide.parquet"]));
            Assert.False(File.Exists(_folder["wide.parquet"]));
            return (failure.Code.Code, failure.Detail);
        }
        _folder.Write("wide", Csv(10_001));
        Assert.Equal(("request.too_large", TooWide), await Refused(TableFormat.Csv));
        _folder.Write("wide", string.Concat(Enumerable.Range(0, 10_001).Select(i => $"{{\"k{i}\":1}}\n")));
        Assert.Equal(("request.too_large", TooWide), await Refused(TableFormat.JsonLines));
        _folder.Write("wide", WideParquet(10_001));
        Assert.Equal(("request.too_large", TooWide), await Refused(TableFormat.Parquet));
    }

    /// <summary>A small file that becomes large: what it takes is bounded, and said.</summary>
    [Fact]
    public async Task A_file_that_takes_too_much_memory_is_refused_and_takes_nothing_with_it()
    {
        using var own = new TestWorkers();
        var bomb = _folder.Parquet("bomb.parquet", "SELECT repeat('x', 20000000 + range::INT) AS a FROM range(15)");
        Assert.InRange(new FileInfo(bomb).Length, 1, 20_000_000);
        var held = Process.GetCurrentProcess().WorkingSet64;
        var job = own.All.ToParquetAsync(bomb, TableFormat.Parquet, _folder["out.parquet"], new JobLimits { MemoryMegabytes = 256 });
        var peak = 0L;
        while (!job.IsCompleted)
        {
            peak = Math.Max(peak, own.LargestMegabytes());
            await Task.Delay(5);
        }
        var failure = Expect.Failure(await job);
        Assert.Equal(("request.too_large", "The file could not be converted in 256 MiB of memory. Send it in smaller files, or with shorter values."), (failure.Code.Code, failure.Detail));
        Assert.InRange(peak, 0, 1500);
        Assert.Equal(["bomb.parquet"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(System.IO.Path.GetFileName));
        Assert.Equal(ErrorCodes.QueryLimit, Expect.Failure(await own.All.ProfileAsync([bomb], new JobLimits { MemoryMegabytes = 256 })).Code);
        Assert.InRange(Process.GetCurrentProcess().WorkingSet64 - held, long.MinValue, 200L << 20);
        Assert.Equal("a:int64", Types((await own.All.ToParquetAsync(_folder.Write("in.csv", "a\n1\n"), TableFormat.Csv, _folder["out.parquet"])).Value));
    }

    [Fact]
    public async Task A_file_that_takes_too_long_is_refused_and_its_process_gone()
    {
        using var own = new TestWorkers();
        var file = _folder.Write("in.csv", "a\n" + string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{i}\n")));
        var failure = Expect.Failure(await own.All.ToParquetAsync(file, TableFormat.Csv, _folder["out.parquet"], new JobLimits { Timeout = TimeSpan.FromMilliseconds(6) }));
        Assert.Equal(("request.too_large", "The file could not be converted in 0.006 seconds. Send it in smaller files."), (failure.Code.Code, failure.Detail));
        Assert.Empty(own.Processes);
        Assert.Equal(["in.csv"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(System.IO.Path.GetFileName));
    }

    [Fact]
    public async Task A_process_that_is_killed_in_the_middle_leaves_nothing_and_the_file_can_be_sent_again()
    {
        using var own = new TestWorkers();
        var file = _folder.Write("in.csv", "a,b\n" + string.Concat(Enumerable.Range(0, 3_000_000).Select(i => $"{i},{i * 0.5}\n")));
        var job = own.All.ToParquetAsync(file, TableFormat.Csv, _folder["out.parquet"]);
        // It is at work once something is written.
        while (!job.IsCompleted && !Directory.EnumerateFiles(_folder.Path, "table.parquet*", SearchOption.AllDirectories).Any()) await Task.Delay(1);
        Process.GetProcessById(Assert.Single(own.Processes)).Kill();
        var failure = Expect.Failure(await job);
        Assert.Equal(("request.malformed", "The file could not be read: the process that read it ended. Send it again; if that fails too, the file is damaged or nested too deeply."), (failure.Code.Code, failure.Detail));
        Assert.Equal(["in.csv"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(System.IO.Path.GetFileName));
        Assert.Equal(3_000_000, (await own.All.ToParquetAsync(file, TableFormat.Csv, _folder["out.parquet"])).Value.RowCount);
    }

    [Theory]
    [InlineData("", "The file is empty.")]
    [InlineData("{\"a\":1}\n{\"a\":}\n", "Line 2 is not JSON (at byte 5): '{\"a\":}'.")]
    [InlineData("{\"a\":1}\n[1]\n", "Line 2 is not a JSON object: '[1]'.")]
    [InlineData("{\"a\":1} {\"a\":2}\n", "Line 1 is not JSON (at byte 8): '{\"a\":1} {\"a\":2}'.")]
    [InlineData("{\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}", "Line 1 is nested more than 16 levels deep.")]
    public async Task Says_what_is_wrong_with_json_lines(string text, string message) => Assert.Equal(message, await Fails(_folder.Write("in.jsonl", text), TableFormat.JsonLines));

    [Fact]
    public async Task Rewrites_parquet()
    {
        _folder.Parquet("in.parquet", "SELECT 1::INTEGER a, 'x' b, 1.5::DECIMAL(10,2) c, [1, 2] d, '\\xAA'::BLOB e, TIMESTAMPTZ '2020-01-01 00:00:00Z' f");
        Assert.Equal("a:int32 b:string c:decimal d:list e:binary f:timestamp_utc", Types(await Ok(_folder["in.parquet"], TableFormat.Parquet)));
        Assert.Equal("a:int32 b:string c:decimal d:list e:binary f:timestamp_utc", Types((await TableIngest.DescribeAsync(_folder["in.parquet"])).Value));
    }

    [Fact]
    public async Task Refuses_what_is_not_parquet()
    {
        var sound = File.ReadAllBytes(_folder.Parquet("x", "SELECT range a FROM range(1000)"));
        File.Delete(_folder["x"]);
        Assert.Equal("The file is empty.", await Fails(_folder.Write("in.parquet", ""), TableFormat.Parquet));
        Assert.Equal("The file is not a Parquet file.", await Fails(_folder.Write("in.parquet", "a,b\n1,2\nsome more text\n"), TableFormat.Parquet));
        Assert.Equal("The Parquet file is cut short.", await Fails(_folder.Write("in.parquet", sound[..^20]), TableFormat.Parquet));
        // Sound at both ends, garbage in the footer.
        var broken = sound.ToArray();
        broken.AsSpan(broken.Length - 200, 150).Fill(0xFF);
        Assert.StartsWith("The file could not be read as Parquet:", await Fails(_folder.Write("in.parquet", broken), TableFormat.Parquet));
    }

    [Fact]
    public async Task Refuses_what_is_nested_too_deeply()
    {
        string Nested(int levels) => "{\"a\":" + new string('[', levels) + new string(']', levels) + "}\n";
        Assert.Equal("a:list", Types(await Ok(_folder.Write("in.jsonl", Nested(15)), TableFormat.JsonLines)));
        File.Delete(_folder["out.parquet"]);
        Assert.Equal("Line 2 is nested more than 16 levels deep.", await Fails(_folder.Write("in.jsonl", "{}\n" + Nested(120)), TableFormat.JsonLines));
        File.Delete(_folder["in.jsonl"]);
        Assert.Equal("The column 'a' is nested more than 16 levels deep.", await Fails(_folder.Write("in.parquet", DeepParquet(17)), TableFormat.Parquet));
    }

    [Fact]
    public async Task A_file_that_ends_its_reader_ends_nothing_else() =>
        Assert.Equal("The file could not be read: the process that read it ended. Send it again; if that fails too, the file is damaged or nested too deeply.", await Fails(_folder.Write("in.parquet", DeepParquet(300_000)), TableFormat.Parquet));

    /// <summary>A Parquet file without rows, whose one column is a record within a record so many times. Reading its schema takes stack for each.</summary>
    private static byte[] DeepParquet(int levels)
    {
        // Thrift's compact form: a byte of field step and type, numbers in zigzag, a zero at the end of a struct.
        List<byte> footer = [0x15, 2, 0x19, 0xFC];
        for (var count = levels + 2; count > 0; count >>= 7) footer.Add((byte)(count & 0x7F | (count > 0x7F ? 0x80 : 0)));
        footer.AddRange([0x48, 4, .. "root"u8, 0x15, 2, 0]);
        for (var i = 0; i < levels; i++) footer.AddRange([0x35, 2, 0x18, 1, (byte)'a', 0x15, 2, 0]);
        footer.AddRange([0x15, 2, 0x25, 2, 0x18, 1, (byte)'x', 0, 0x16, 0, 0x19, 0x0C, 0]);
        return [.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Count), .. "PAR1"u8];
    }

    /// <summary>A Parquet file without rows and with so many columns.</summary>
    private static byte[] WideParquet(int columns)
    {
        List<byte> footer = [0x15, 2, 0x19, 0xFC];
        Count(columns + 1);
        footer.AddRange([0x48, 4, .. "root"u8, 0x15]);
        Count(columns * 2);
        footer.Add(0);
        for (var i = 0; i < columns; i++) footer.AddRange([0x15, 2, 0x25, 2, 0x18, 6, .. System.Text.Encoding.ASCII.GetBytes($"c{i:00000}"), 0]);
        footer.AddRange([0x16, 0, 0x19, 0x0C, 0]);
        return [.. "PAR1"u8, .. footer, .. BitConverter.GetBytes(footer.Count), .. "PAR1"u8];

        void Count(int count)
        {
            for (; count > 0; count >>= 7) footer.Add((byte)(count & 0x7F | (count > 0x7F ? 0x80 : 0)));
        }
    }

    [Theory]
    [InlineData("BIGINT", 0)]
    [InlineData("BIGINT[][3][]", 3)]
    [InlineData("STRUCT(a BIGINT[], \"b (\"\"[]\" STRUCT(c MAP(VARCHAR, BIGINT[])))[]", 5)]
    [InlineData("STRUCT(a STRUCT(b BIGINT), c BIGINT, d VARCHAR[][][])", 4)]
    [InlineData("ENUM('((', ']]')", 1)]
    public void Knows_how_deep_a_type_is_nested(string type, int depth) => Assert.Equal(depth, ColumnTypes.Depth(type));

    [Fact]
    public async Task Takes_a_path_for_what_it_is()
    {
        // Neither a pattern, nor a key of partitioned data, nor a hint of compression.
        Directory.CreateDirectory(_folder["year=2020"]);
        _folder.Write("year=2020/a.csv", "a\n1\n");
        Assert.Equal("a:int64", Types(await Ok(_folder["year=2020/a.csv"])));
        Assert.Equal("a:int64", Types(await Ok(_folder.Write("*?[x].csv.gz", "a\n1\n"))));
        Assert.Equal("a:int64", Types(await Ok(_folder.Write("it's.csv", "a\n1\n"))));
        var odd = (await workers.All.ToParquetAsync(_folder["it's.csv"], TableFormat.Csv, _folder["o[*]'?.parquet"])).Value;
        Assert.Equal(1, odd.RowCount);
    }

    [Fact]
    public async Task Reads_neither_another_file_nor_a_pattern_through_the_content()
    {
        await Ok(_folder.Write("in.csv", "a,b\n/etc/passwd,*\n'); DROP TABLE x; --,$1\n"));
        Assert.Equal(["/etc/passwd|*", "'); DROP TABLE x; --|$1"], Rows());
        Assert.Equal("a'); DROP TABLE x; --:int64 \"x:int64", Types(await Ok(_folder.Write("in.csv", "a'); DROP TABLE x; --,\"\"\"x\"\n1,2\n"))));
    }

    [Fact]
    public async Task Leaves_the_old_target_when_the_new_source_is_bad()
    {
        await Ok(_folder.Write("in.csv", "a\n1\n"));
        var before = File.ReadAllBytes(_folder["out.parquet"]);
        Expect.Failure(await workers.All.ToParquetAsync(_folder.Write("in.csv", "a\n1,2\n"), TableFormat.Csv, _folder["out.parquet"]));
        Assert.Equal(before, File.ReadAllBytes(_folder["out.parquet"]));
    }

    [Fact]
    public async Task Stops_when_asked_to()
    {
        var path = _folder.Write("in.csv", "a\n" + string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{i}\n")));
        using var stop = new CancellationTokenSource(20);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => workers.All.ToParquetAsync(path, TableFormat.Csv, _folder["out.parquet"], null, stop.Token));
        Assert.Equal(["in.csv"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(System.IO.Path.GetFileName));
    }
}
