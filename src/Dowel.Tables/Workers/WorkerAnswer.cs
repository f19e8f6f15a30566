using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Tables.Queries;

namespace Dowel.Tables.Workers;

/// <summary>Reads what a worker answers. Null where it falls silent in the middle; an exception where it says what no worker says.</summary>
internal static class WorkerAnswer
{
    public static async Task<Result<T>?> ReadValueAsync<T>(Stream output) => await WorkerFrames.ReadAsync(output, WorkerFrames.MaxBytes) switch
    {
        (FrameKind.Value, var content) => JsonSerializer.Deserialize<T>(content, DowelJson.Options)!,
        (FrameKind.Failed, var content) => Failed(content),
        null => null,
        var (kind, _) => throw new InvalidDataException($"A frame of kind {kind}."),
    };

    public static async Task<Result<QueryResult>?> ReadRowsAsync(Stream output, QueryRequest request)
    {
        QueryHead? head = null;
        var rows = new List<object?[]>();
        while (await WorkerFrames.ReadAsync(output, WorkerFrames.MaxBytes) is var (kind, content))
        {
            switch (kind)
            {
                case FrameKind.Head:
                    head = Parse(content, WorkerJson.Default.QueryHead);
                    break;
                case FrameKind.Rows when head is not null:
                    ResultRows.Read(content, head.Columns, rows);
                    break;
                case FrameKind.End when head is not null:
                    var end = Parse(content, WorkerJson.Default.QueryEnd);
                    return new QueryResult(head.Columns, rows, end.Truncated, end.Elapsed, [.. head.Tables.Select(t => request.Tables[t])]);
                case FrameKind.Failed:
                    return Failed(content);
                default:
                    throw new InvalidDataException($"A frame of kind {kind}.");
            }
        }
        return null;
    }

    private static Failure Failed(byte[] content)
    {
        var failed = Parse(content, WorkerJson.Default.WorkFailure);
        return new(ErrorCodes.All.Single(c => c.Code == failed.Code), failed.Detail, failed.Fields);
    }

    private static T Parse<T>(byte[] content, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(content, type)!;
}
