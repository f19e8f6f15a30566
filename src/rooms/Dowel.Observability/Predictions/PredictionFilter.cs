using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Observability.Predictions;

/// <summary>A WHERE clause over the prediction log, with its parameters.</summary>
internal sealed class PredictionFilter
{
    private readonly List<string> _conditions = [];
    private readonly List<object?> _parameters = [];
    private (int Conditions, int Parameters)? _beforeCursor;

    /// <param name="endpointId">The endpoint.</param>
    /// <param name="callerId">The only caller, by id; null for all.</param>
    public PredictionFilter(string endpointId, string? callerId = null)
    {
        Add("endpoint_id = {0}", endpointId);
        if (callerId is not null) Add("caller_id = {0}", callerId);
    }

    public string Where => string.Join(" AND ", _conditions);

    public IReadOnlyList<object?> Parameters => _parameters;

    /// <summary>Whether the page begins after a certain record.</summary>
    public bool HasCursor => _beforeCursor is not null;

    /// <summary>The clause up to the cursor's time, without the ids that tell records of the same time apart.</summary>
    public string WhereWithoutCursor => string.Join(" AND ", _conditions.Take(_beforeCursor?.Conditions ?? _conditions.Count));

    public IReadOnlyList<object?> ParametersWithoutCursor => [.. _parameters.Take(_beforeCursor?.Parameters ?? _parameters.Count)];

    public PredictionFilter Between(DateTimeOffset? from, DateTimeOffset? to)
    {
        if (from is { } f) Add("at_us >= {0}", f.ToMicros());
        if (to is { } t) Add("at_us < {0}", t.ToMicros());
        return this;
    }

    public PredictionFilter Answered() => Add("status < 400");

    public PredictionFilter Add(string condition, params ReadOnlySpan<object> values)
    {
        var places = new object[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            _parameters.Add(values[i]);
            places[i] = "$" + _parameters.Count.ToString(CultureInfo.InvariantCulture);
        }
        _conditions.Add(string.Format(CultureInfo.InvariantCulture, condition, places));
        return this;
    }

    /// <summary>The filter of a page of a list, newest first.</summary>
    public static Result<(PredictionFilter Filter, int Limit)> Of(string endpointId, string? callerId, PredictionQuery query)
    {
        if (query.Limit is < 1 or > 1000) return Failure.Invalid("limit", query.Limit, "a number from 1 to 1000");
        if (CheckWindow(query.From, query.To) is { } wrong) return wrong;
        var filter = new PredictionFilter(endpointId, callerId).Between(query.From, query.To);
        if (!string.IsNullOrEmpty(query.Caller)) filter.Add("caller = {0}", query.Caller);
        switch (query.Outcome)
        {
            case null or "": break;
            case "ok": filter.Add("status < 400"); break;
            case "error": filter.Add("status >= 400"); break;
            default: return Failure.Invalid("outcome", query.Outcome, "'ok' or 'error'");
        }
        if (!string.IsNullOrEmpty(query.Cursor))
        {
            if (ReadCursor(query.Cursor) is not { } after) return Failure.Invalid("cursor", query.Cursor, "the nextCursor of the page before");
            filter.Add("at_us <= {0}", after.At);
            filter._beforeCursor = (filter._conditions.Count, filter._parameters.Count);
            filter.Add("(at_us < {0} OR id < {1})", after.At, after.Id);
        }
        return (filter, query.Limit ?? 50);
    }

    public static Failure? CheckWindow(DateTimeOffset? from, DateTimeOffset? to, string prefix = "")
        => from is { } f && to is { } t && f >= t ? Failure.Invalid(prefix + "to", t.ToString("O", CultureInfo.InvariantCulture), $"an instant after {f:O}") : null;

    public static string Cursor(long at, string id) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new object[] { at, id }));

    private static (long At, string Id)? ReadCursor(string cursor)
    {
        try
        {
            var parts = JsonSerializer.Deserialize<JsonElement[]>(Base64Url.DecodeFromChars(cursor))!;
            return (parts[0].GetInt64(), parts[1].GetString()!);
        }
        catch (Exception e) when (e is FormatException or JsonException or IndexOutOfRangeException or InvalidOperationException or NullReferenceException)
        {
            return null;
        }
    }
}
