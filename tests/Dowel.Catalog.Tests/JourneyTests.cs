using System.Net;
using System.Text;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Catalog.Tests;

public sealed class JourneyTests
{
    // Known figures of titanic.csv, computed with R on the same file: 809 died and 500 survived; 466 women and 843 men;
    // classes 323, 277 and 709; 263 ages missing, mean 29.88, median 28.
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_titanic_becomes_a_dataset_that_is_described_profiled_and_queried(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new CatalogRoom());
        var alice = await host.CreateUserAsync("alice");

        var created = await alice.CreateDatasetAsync("titanic");
        Assert.Null(created.Latest);
        var version = await alice.UploadTitanicAsync("titanic");
        Assert.Equal((1, 1309L, "titanic.csv", "alice"), (version.Version, version.Rows, version.Source, version.CreatedBy));
        Assert.Equal(
            [("passenger_id", "int64"), ("name", "string"), ("sex", "string"), ("age", "float64"), ("passenger_class", "string"), ("survived", "int64")],
            version.Columns.Select(c => (c.Name, c.Type)));

        var dataset = await alice.GetAsync<Dataset>("/api/v1/datasets/titanic");
        Assert.Equal(version.Hash, dataset.Latest!.Hash);
        Assert.Equal(dataset.Id, Assert.Single((await alice.GetAsync<Page<Dataset>>("/api/v1/datasets?search=titan")).Items).Id);
        Assert.Equal(1309, Assert.Single((await alice.GetAsync<Page<Dataset>>("/api/v1/datasets")).Items).Latest!.Rows);

        var sample = await alice.GetAsync<TableData>("/api/v1/datasets/titanic/sample?limit=3");
        Assert.Equal(3, sample.Rows.Count);
        Assert.Equal([1L, "Allen, Miss. Elisabeth Walton", "female", 29.0, "1st", 1L], sample.Rows[0].Select(v => v is long n && sample.Columns[3].Name == "age" && n == 29 ? 29.0 : v));

        var profile = await alice.GetAsync<DatasetProfile>("/api/v1/datasets/titanic/profile");
        Assert.Equal(1309, profile.Rows);
        var age = profile.Columns.Single(c => c.Name == "age");
        Assert.Equal(263, age.Missing);
        Assert.Equal(29.88, age.Mean!.Value, 0.005);
        Assert.Equal(28, age.Quantiles["0.5"]);
        Assert.Equal(["0.01", "0.05", "0.25", "0.5", "0.75", "0.95", "0.99"], age.Quantiles.Keys);
        Assert.Equal(1309 - 263, age.Histogram!.Counts.Sum());
        Assert.Equal([new("3rd", 709), new("1st", 323), new("2nd", 277)], profile.Columns.Single(c => c.Name == "passenger_class").Top);
        Assert.Equal(["passenger_id", "age", "survived"], profile.Correlation.Columns);
        Assert.Equal(1, profile.Correlation.Values[0][0]!.Value, 1e-12);

        var survival = await alice.RowsAsync("SELECT passenger_class, sex, avg(survived) AS rate, count(*) AS n FROM titanic GROUP BY ALL ORDER BY ALL");
        Assert.Equal(["passenger_class", "sex", "rate", "n"], survival.Columns.Select(c => c.Name));
        double Rate(string of, string sex) => Convert.ToDouble(survival.Rows.Single(r => (string?)r[0] == of && (string?)r[1] == sex)[2]);
        Assert.True(Rate("1st", "female") > 0.9 && Rate("3rd", "male") < 0.2);
        Assert.Equal([$"{dataset.Project}.titanic"], survival.Tables);
        Assert.Equal(1309L, (await alice.RowsAsync($"SELECT count(*) FROM \"{dataset.Project}\".\"titanic\"")).Rows[0][0]);

        var trail = await host.AdminClient.GetAsync<Page<AuditRecord>>("/api/v1/audit?actor=alice");
        Assert.Equal(2, trail.Items.Count(r => r.Action == "dataset.query"));
        Assert.Single(trail.Items, r => r.Action == "dataset.upload");
        Assert.Single(trail.Items, r => r.Action == "dataset.create");
        Assert.Empty(host.Leftovers());
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Versions_count_up_never_change_and_the_same_content_makes_none(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new CatalogRoom());
        var http = host.AdminClient;
        await http.CreateDatasetAsync("numbers");

        var first = await http.UploadAsync("numbers", "a,b\n1,x\n2,y\n");
        var again = await http.UploadAsync("numbers", "a,b\n1,x\n2,y\n");
        Assert.Equal((first.Version, first.CreatedAt), (again.Version, again.CreatedAt));
        var second = await http.UploadAsync("numbers", "a,b\n3,z\n");
        var third = await http.UploadAsync("numbers", "a,b\n1,x\n2,y\n");
        Assert.Equal([1, 2, 3], [first.Version, second.Version, third.Version]);
        Assert.Equal(first.Hash, third.Hash);

        var page = await http.GetAsync<Page<DatasetVersion>>("/api/v1/datasets/numbers/versions?limit=2");
        Assert.Equal([3, 2], page.Items.Select(v => v.Version));
        var rest = await http.GetAsync<Page<DatasetVersion>>($"/api/v1/datasets/numbers/versions?limit=2&cursor={page.NextCursor}");
        Assert.Equal([1], rest.Items.Select(v => v.Version));
        Assert.Null(rest.NextCursor);

        Assert.Single((await http.GetAsync<TableData>("/api/v1/datasets/numbers/sample?version=2")).Rows);
        Assert.Equal(2L, (await http.RowsAsync("SELECT count(*) FROM numbers")).Rows[0][0]);
        await RoomHost.ProblemAsync(await http.GetAsync("/api/v1/datasets/numbers/sample?version=4"), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await http.GetAsync("/api/v1/datasets/numbers/sample?limit=0"), ErrorCodes.Invalid);

        await host.RestartAsync();
        Assert.Equal(3, (await host.AdminClient.GetAsync<Dataset>("/api/v1/datasets/numbers")).Latest!.Version);
    }

    [Fact]
    public async Task Data_comes_back_as_csv_and_parquet()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        var http = host.AdminClient;
        await http.CreateDatasetAsync("mixed");
        await http.UploadAsync("mixed", "id,text,when,x\n1,\"a, \"\"b\"\"\nc\",2026-01-02 03:04:05,1.5\n2,,,\n");

        var csv = await http.GetAsync("/api/v1/datasets/mixed/data");
        Assert.Equal("text/csv", csv.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", csv.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("id,text,when,x\n1,\"a, \"\"b\"\"\nc\",2026-01-02 03:04:05,1.5\n2,,,\n", await csv.Content.ReadAsStringAsync());

        var parquet = await http.GetByteArrayAsync("/api/v1/datasets/mixed/data?format=parquet");
        Assert.Equal("PAR1"u8.ToArray(), parquet[..4]);
        await http.CreateDatasetAsync("copy");
        var copy = await RoomHost.ReadAsync<DatasetVersion>(await http.SendFileAsync("copy", parquet, "", "application/vnd.apache.parquet"));
        Assert.Equal((2L, 4), (copy.Rows, copy.Columns.Count));

        await http.CreateDatasetAsync("lines");
        var lines = await http.UploadAsync("lines", "{\"a\": 1, \"b\": [1, null]}\n{\"a\": 2.5, \"b\": null}\n", "source=some/where/lines.jsonl");
        Assert.Equal((2L, "lines.jsonl"), (lines.Rows, lines.Source));
        Assert.Equal(2, (await http.GetAsync<TableData>("/api/v1/datasets/lines/sample")).Rows.Count);

        await RoomHost.ProblemAsync(await http.GetAsync("/api/v1/datasets/mixed/data?format=xlsx"), ErrorCodes.Invalid);
        // The file that a download was made of goes with it, at the latest when the connection is done.
        for (var i = 0; i < 50 && host.Leftovers().Length > 0; i++) await Task.Delay(20);
        Assert.Empty(host.Leftovers());
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_dataset_is_renamed_guarded_by_its_revision_and_deleted_with_everything(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new CatalogRoom());
        var http = host.AdminClient;
        var dataset = await http.CreateDatasetAsync("before");
        await http.UploadAsync("before", "a\n1\n");
        await http.GetAsync<DatasetProfile>("/api/v1/datasets/before/profile");

        HttpRequestMessage Patch(string ifMatch) => new(HttpMethod.Patch, $"/api/v1/datasets/{dataset.Id}")
        {
            Headers = { { "If-Match", ifMatch } },
            Content = new StringContent("""{"name": "after"}""", Encoding.UTF8, "application/json"),
        };
        await RoomHost.ProblemAsync(await http.SendAsync(Patch("\"77\"")), ErrorCodes.Stale);
        var renamed = await RoomHost.ReadAsync<Dataset>(await http.SendAsync(Patch($"\"{dataset.Revision}\"")));
        Assert.Equal(("after", 1), (renamed.Name, renamed.Latest!.Version));
        await RoomHost.ProblemAsync(await http.SendAsync(Patch($"\"{dataset.Revision}\"")), ErrorCodes.Stale);

        Assert.Equal(1L, (await http.RowsAsync("SELECT count(*) FROM after")).Rows[0][0]);
        await RoomHost.ProblemAsync(await http.QueryAsync("SELECT count(*) FROM before"), ErrorCodes.QueryFailed);

        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync("/api/v1/datasets/after")).StatusCode);
        await RoomHost.ProblemAsync(await http.GetAsync($"/api/v1/datasets/{dataset.Id}/profile"), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await http.SendFileAsync(dataset.Id, "a\n1\n"u8.ToArray()), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await http.QueryAsync("SELECT * FROM after"), ErrorCodes.QueryFailed);
        // The name is free again, and the new one knows nothing of the old.
        Assert.Null((await http.CreateDatasetAsync("after")).Latest);
    }
}
