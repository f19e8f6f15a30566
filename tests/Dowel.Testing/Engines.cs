using Npgsql;

namespace Dowel.Testing;

/// <summary>The relational engines that every store is tested on.</summary>
public enum Engine
{
    Sqlite,
    Postgres,
}

public static class Engines
{
    /// <summary>The environment variable with the connection string of a PostgreSQL server on which databases may be made.</summary>
    public const string Variable = "DOWEL_TEST_POSTGRES";

    /// <summary>Both engines. Without a PostgreSQL its cases skip on a laptop and fail in CI.</summary>
    public static IEnumerable<TheoryDataRow<Engine>> All()
    {
        yield return new(Engine.Sqlite);
        var missing = Environment.GetEnvironmentVariable(Variable) is null && Environment.GetEnvironmentVariable("CI") is null;
        yield return new(Engine.Postgres) { Skip = missing ? $"set {Variable} to test on PostgreSQL; ./eng/test does" : null };
    }

    /// <summary>Makes an empty database; its connection string.</summary>
    public static async Task<string> CreateDatabaseAsync()
    {
        var server = Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException($"Set {Variable}; in CI the tests on PostgreSQL do not skip.");
        var name = $"dowel_{Guid.NewGuid():n}";
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 20 }.ToString();
    }

    /// <summary>Removes a database made by <see cref="CreateDatabaseAsync"/>.</summary>
    public static async Task DropDatabaseAsync(string connectionString)
    {
        NpgsqlConnection.ClearAllPools();
        await using var connection = new NpgsqlConnection(Environment.GetEnvironmentVariable(Variable));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)";
        await command.ExecuteNonQueryAsync();
    }
}
