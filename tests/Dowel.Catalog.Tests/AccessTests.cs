using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Catalog.Tests;

public sealed class AccessTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_stranger_sees_and_queries_nothing_of_a_private_dataset_under_any_spelling(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new CatalogRoom());
        var alice = await host.CreateUserAsync("alice");
        var mallory = await host.CreateUserAsync("mallory");
        var secret = await alice.CreateDatasetAsync("secret");
        var version = await alice.UploadAsync("secret", "code\n4711\n");
        await mallory.CreateDatasetAsync("mine");
        await mallory.UploadAsync("mine", "a\n1\n");
        var blob = Path.Combine(host.DataDir, "objects", version.Hash[..2], version.Hash[2..4], version.Hash);
        Assert.True(File.Exists(blob));

        Assert.DoesNotContain((await mallory.GetAsync<Page<Dataset>>("/api/v1/datasets")).Items, d => d.Name == "secret");
        foreach (var path in new[] { "", "/versions", "/sample", "/profile", "/data", "/data?format=parquet" })
        {
            await RoomHost.ProblemAsync(await mallory.GetAsync($"/api/v1/datasets/{secret.Id}{path}"), ErrorCodes.Forbidden);
            await RoomHost.ProblemAsync(await host.HttpFor(null).GetAsync($"/api/v1/datasets/{secret.Id}{path}"), ErrorCodes.Unauthenticated);
        }
        await RoomHost.ProblemAsync(await mallory.SendFileAsync(secret.Id, "code\n1\n"u8.ToArray()), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await mallory.DeleteAsync($"/api/v1/datasets/{secret.Id}"), ErrorCodes.Forbidden);

        foreach (var table in new[]
        {
            "secret", "SECRET", "\"secret\"", "sEcReT", $"{secret.Project}.secret", $"\"{secret.Project}\".\"secret\"", $"\"{secret.Project.ToUpperInvariant()}\".\"SECRET\"",
            $"memory.\"{secret.Project}\".secret", "main.secret", "memory.main.secret", "temp.secret", $"\"{secret.Id}\"", $"\"{secret.Project}.secret\"",
            $"'{blob}'", $"\"{blob}\"", $"read_parquet('{blob}')", $"read_parquet(['{blob}'])", $"read_blob('{blob}')", $"read_text('{blob}')", $"read_csv('{blob}')",
            $"parquet_scan('{blob}')", $"parquet_metadata('{blob}')", $"glob('{host.DataDir}/**')", $"read_parquet('{host.DataDir}/objects/**')",
            "duckdb_views()", "duckdb_tables()", "information_schema.tables", "sqlite_master", "pg_catalog.pg_tables", "query_table('secret')", "query('SELECT * FROM secret')",
        })
        {
            foreach (var sql in new[] { $"SELECT * FROM {table}", $"WITH x AS (SELECT * FROM {table}) SELECT * FROM x", $"SELECT (SELECT count(*) FROM {table}) FROM mine", $"FROM mine, {table}" })
            {
                var refused = await mallory.QueryAsync(sql);
                Assert.False(refused.IsSuccessStatusCode, sql);
                Assert.DoesNotContain("4711", await refused.Content.ReadAsStringAsync());
                Assert.DoesNotContain(host.DataDir + "/objects/" + version.Hash[..2], (await refused.Content.ReadAsStringAsync()).Replace(blob, "", StringComparison.Ordinal));
            }
        }
        foreach (var sql in new[] { $"COPY mine TO '{host.DataDir}/x.csv'", $"ATTACH '{host.DataDir}/dowel.db'", "SET enable_external_access = true", "INSTALL httpfs", "CREATE TABLE x AS SELECT 1", "SELECT 1; SELECT * FROM secret", "PRAGMA database_list", "" })
            Assert.False((await mallory.QueryAsync(sql)).IsSuccessStatusCode, sql);
        Assert.Equal(1L, (await mallory.RowsAsync("SELECT * FROM mine")).Rows[0][0]);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Sharing_opens_exactly_what_it_says(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine, new CatalogRoom());
        var alice = await host.CreateUserAsync("alice");
        var bob = await host.CreateUserAsync("bob");
        var carol = await host.CreateUserAsync("carol");
        var auditor = await host.CreateUserAsync("auditor", isAuditor: true);
        var shared = await alice.CreateDatasetAsync("shared");
        await alice.UploadAsync("shared", "a\n1\n");

        await RoomHost.ReadAsync<Sharing>(await alice.PutAsJsonAsync($"/api/v1/resources/{shared.Id}/sharing",
            new Sharing { Visibility = Visibility.Shared, People = [new("bob", Permission.Use), new("carol", Permission.Read)] }, DowelJson.Options));
        Assert.Equal(1L, (await bob.RowsAsync("SELECT * FROM shared")).Rows[0][0]);
        Assert.Single((await bob.GetAsync<TableData>("/api/v1/datasets/shared/sample")).Rows);
        await RoomHost.ProblemAsync(await bob.SendFileAsync("shared", "a\n2\n"u8.ToArray()), ErrorCodes.Forbidden);

        // To read is to see the description and figures, not the rows.
        foreach (var reader in new[] { carol, auditor })
        {
            Assert.Equal(1, (await reader.GetAsync<DatasetProfile>("/api/v1/datasets/shared/profile")).Rows);
            await RoomHost.ProblemAsync(await reader.GetAsync("/api/v1/datasets/shared/sample"), ErrorCodes.Forbidden);
            await RoomHost.ProblemAsync(await reader.GetAsync("/api/v1/datasets/shared/data"), ErrorCodes.Forbidden);
            await RoomHost.ProblemAsync(await reader.QueryAsync("SELECT * FROM shared"), ErrorCodes.QueryFailed);
        }

        await RoomHost.ReadAsync<Sharing>(await alice.PutAsJsonAsync($"/api/v1/resources/{shared.Id}/sharing", new Sharing { Visibility = Visibility.Private }, DowelJson.Options));
        await RoomHost.ProblemAsync(await bob.QueryAsync("SELECT * FROM shared"), ErrorCodes.QueryFailed);
    }

    [Fact]
    public async Task Equal_names_in_two_projects_are_told_apart()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        var alice = await host.CreateUserAsync("alice");
        await host.CreateProjectAsync("alice", "left");
        await host.CreateProjectAsync("alice", "right");
        foreach (var project in new[] { "left", "right" })
        {
            var made = await alice.CreateDatasetAsync("same", project);
            await alice.UploadAsync(made.Id, $"side\n{project}\n");
        }
        Assert.Equal("left", (await alice.RowsAsync("SELECT * FROM \"left\".same")).Rows[0][0]);
        Assert.Equal("right", (await alice.RowsAsync("SELECT * FROM \"right\".\"same\"")).Rows[0][0]);
        await RoomHost.ProblemAsync(await alice.QueryAsync("SELECT * FROM same"), ErrorCodes.Ambiguous);
        Assert.Equal("left", Assert.Single((await alice.GetAsync<TableData>("/api/v1/datasets/left.same/sample")).Rows)[0]);

        // Two that differ only in case cannot be told apart by name in SQL; neither is taken for the other.
        var upper = await alice.CreateDatasetAsync("SAME", "left");
        await alice.UploadAsync(upper.Id, "side\nUPPER\n");
        await RoomHost.ProblemAsync(await alice.QueryAsync("SELECT * FROM \"left\".same"), ErrorCodes.QueryFailed);
        Assert.Equal("UPPER", (await alice.RowsAsync($"SELECT * FROM \"left\".\"{upper.Id}\"")).Rows[0][0]);
    }

    [Fact]
    public async Task Queries_are_recorded_with_their_text_shortened_and_the_tables_they_read()
    {
        await using var host = await RoomHost.StartAsync(new CatalogRoom());
        var alice = await host.CreateUserAsync("alice");
        var dataset = await alice.CreateDatasetAsync("seen");
        await alice.UploadAsync("seen", "a\n1\n");
        await alice.RowsAsync($"SELECT a /* {new string('x', 5000)} */ FROM seen");
        await alice.QueryAsync("SELECT * FROM nowhere");

        var trail = (await host.AdminClient.GetAsync<Page<AuditRecord>>("/api/v1/audit?action=dataset.query")).Items;
        Assert.Equal(2, trail.Count);
        Assert.Contains("query.failed", trail[0].After!.ToString());
        var ran = trail[1].After!.ToString()!;
        Assert.Contains($"{dataset.Project}.seen", ran);
        Assert.True(ran.Length < 2500, ran);
    }
}
