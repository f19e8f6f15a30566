using System.Text;
using Dowel.Kernel.Results;

namespace Dowel.Tables.Tests;

internal sealed class TempFolder : IDisposable
{
    public TempFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "dowel-tables-" + Guid.NewGuid().ToString("N"));

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    /// <summary>Writes a Parquet file from a query.</summary>
    public string Parquet(string name, string sql)
    {
        using var connection = Duck.Open();
        connection.Execute($"COPY ({sql}) TO {Duck.Literal(this[name])} (FORMAT parquet)");
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

internal static class Expect
{
    public static Failure Failure<T>(Result<T> result) => result.TryGet(out _, out var failure) ? throw new Xunit.Sdk.XunitException("It succeeded.") : failure;
}
