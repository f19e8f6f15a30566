using Microsoft.Data.Sqlite;
using Npgsql;

namespace Dowel.Cli.Import;

/// <summary>Where an MLflow database is: its store URI as MLflow writes it, or the path of a SQLite file.</summary>
/// <param name="ConnectionString">For the driver.</param>
/// <param name="File">The SQLite file; null for PostgreSQL.</param>
/// <param name="Shown">For people, without a password.</param>
internal sealed record MlflowUri(string ConnectionString, string? File, string Shown)
{
    private const string Remedy = "Give the backend store URI: sqlite:////path/mlflow.db, postgresql://user:password@host/database, or the path of a SQLite file.";

    public static MlflowUri Parse(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal) is > 0 and var colon ? text[..colon].ToLowerInvariant() : "";
        return scheme.Split('+')[0] switch
        {
            "" or "file" when Directory.Exists(scheme.Length == 0 ? text : new Uri(text).LocalPath) => throw CliException.Usage(
                $"'{text}' is a folder. An MLflow file store (mlruns) is not read; only databases are.", "Move it into a database with MLflow first, or give the database that the server used."),
            "" => Sqlite(text),
            "sqlite" => Sqlite(PathOf(text["sqlite://".Length..])),
            "postgresql" or "postgres" => Postgres(text),
            "mysql" or "mssql" => throw CliException.Usage($"MLflow on {scheme.Split('+')[0]} is not read; SQLite and PostgreSQL are.", Remedy),
            "http" or "https" => throw CliException.Usage("That is the address of a server. The import reads its database, for the API does not give everything.", Remedy),
            _ => throw CliException.Usage($"'{text}' names no database that can be read.", Remedy),
        };
    }

    // sqlite:///relative and sqlite:////absolute; what follows '?' are options of the driver.
    private static string PathOf(string rest) => rest.StartsWith('/') && rest.Split('?')[0] is { Length: > 1 } path ? path[1..] : throw CliException.Usage($"'sqlite://{rest}' names no file.", Remedy);

    private static MlflowUri Sqlite(string path)
    {
        var full = Path.GetFullPath(path);
        if (!System.IO.File.Exists(full)) throw new CliException($"There is no database {full}.", Remedy);
        return new MlflowUri(new SqliteConnectionStringBuilder { DataSource = full, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString(), full, full);
    }

    private static MlflowUri Postgres(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)) throw CliException.Usage("The PostgreSQL URI cannot be read.", Remedy);
        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Length == 0 ? "localhost" : uri.Host,
            Port = uri.Port > 0 ? uri.Port : 5432,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')),
            Pooling = false,
            CommandTimeout = 0,
            Options = "-c default_transaction_read_only=on",
        };
        if (user[0].Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2) builder.Password = Uri.UnescapeDataString(user[1]);
        foreach (var option in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = option.Split('=', 2);
            var value = pair.Length == 2 ? Uri.UnescapeDataString(pair[1]) : "";
            try
            {
                if (pair[0] == "sslmode") builder.SslMode = Enum.Parse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
                else if (pair[0] == "sslrootcert") builder.RootCertificate = value;
                else if (pair[0] == "host") builder.Host = value;
                else if (pair[0] == "port") builder.Port = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                else throw CliException.Usage($"The option '{pair[0]}' of the PostgreSQL URI is not known; sslmode, sslrootcert, host and port are.");
            }
            catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
            {
                throw CliException.Usage($"The option '{pair[0]}' of the PostgreSQL URI cannot be '{value}'.");
            }
        }
        return new MlflowUri(builder.ToString(), null, $"postgresql://{builder.Host}:{builder.Port}/{builder.Database}");
    }
}
