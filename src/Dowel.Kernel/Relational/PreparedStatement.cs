using System.Data.Common;

namespace Dowel.Kernel.Relational;

/// <summary>A statement that stays prepared on its connection, for what runs thousands of times a second. Its parameters are <c>@p0</c>, <c>@p1</c> and so on.</summary>
public sealed class PreparedStatement : IDisposable
{
    private readonly DbCommand _command;

    internal PreparedStatement(DbConnection connection, string sql)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
    }

    /// <summary>Sets the parameters, in order.</summary>
    public PreparedStatement With(params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (i == _command.Parameters.Count)
            {
                var parameter = _command.CreateParameter();
                parameter.ParameterName = $"@p{i}";
                _command.Parameters.Add(parameter);
            }
            _command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
        return this;
    }

    /// <summary>Runs it; the number of rows it changed.</summary>
    public Task<int> ExecuteAsync(CancellationToken cancellationToken = default) => _command.ExecuteNonQueryAsync(cancellationToken);

    /// <summary>The first value of the first row, or null.</summary>
    public async Task<object?> ScalarAsync(CancellationToken cancellationToken = default) => await _command.ExecuteScalarAsync(cancellationToken) is { } value and not DBNull ? value : null;

    /// <summary>Reads its rows. Dispose the reader before the statement is used again.</summary>
    public Task<DbDataReader> ReadAsync(CancellationToken cancellationToken = default) => _command.ExecuteReaderAsync(cancellationToken);

    internal PreparedStatement In(DbTransaction? transaction)
    {
        _command.Transaction = transaction;
        return this;
    }

    /// <inheritdoc/>
    public void Dispose() => _command.Dispose();
}
