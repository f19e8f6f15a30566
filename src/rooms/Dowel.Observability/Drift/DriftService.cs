using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Observability.Columns;
using Dowel.Observability.Log;
using Dowel.Observability.Predictions;
using Microsoft.Extensions.Options;

namespace Dowel.Observability.Drift;

/// <summary>Compares two windows of the prediction log, column by column.</summary>
internal sealed class DriftService(PredictionLog log, DriftStore store, IOptions<ObservabilityOptions> options, TimeProvider time) : IDisposable
{
    private const int LeastRows = 30;
    // Both windows' values are held in memory, so wide records are tested on fewer rows.
    private const long MostCells = 5_000_000;
    private const double DefaultAlpha = 0.01;
    private readonly SemaphoreSlim _tests = new(1, 1);

    public async Task<Result<DriftReport>> TestAsync(Actor actor, Resource endpoint, DriftRequest request, CancellationToken cancellationToken)
    {
        var alpha = request.Alpha ?? DefaultAlpha;
        if (!(alpha is > 0 and < 1)) return Failure.Invalid("alpha", request.Alpha, "a number between 0 and 1");
        if (request.Reference is null) return Failure.Invalid("reference", null, "a window");
        if (request.Current is null) return Failure.Invalid("current", null, "a window");
        var now = time.GetUtcNow();
        var (reference, current) = (request.Reference with { To = request.Reference.To ?? now }, request.Current with { To = request.Current.To ?? now });
        if (PredictionFilter.CheckWindow(reference.From, reference.To, "reference.") is { } badReference) return badReference;
        if (PredictionFilter.CheckWindow(current.From, current.To, "current.") is { } badCurrent) return badCurrent;
        if (reference == current) return Failure.Invalid("current", Text(current), "another window than the reference");

        await _tests.WaitAsync(cancellationToken);
        try
        {
            var report = await ComputeAsync(endpoint.Id, reference, current, alpha, cancellationToken);
            if (!report.TryGet(out var computed, out var failure)) return failure;
            return await store.AddAsync(actor, endpoint, computed with { Id = Ids.New("drift"), At = now, By = actor.UserName }, cancellationToken);
        }
        finally
        {
            _tests.Release();
        }
    }

    public void Dispose() => _tests.Dispose();

    private async Task<Result<DriftReport>> ComputeAsync(string endpointId, Window reference, Window current, double alpha, CancellationToken cancellationToken)
    {
        var read = await log.QueryAsync<Result<(WindowSize, WindowSize, WindowData, WindowData, long?)>>(false, async connection =>
        {
            var first = await WindowReader.MeasureAsync(connection, endpointId, reference, cancellationToken);
            if (first.Rows < LeastRows) return TooFew("reference", reference, first);
            var second = await WindowReader.MeasureAsync(connection, endpointId, current, cancellationToken);
            if (second.Rows < LeastRows) return TooFew("current", current, second);
            var width = Math.Max(1, await WindowReader.WidthAsync(connection, endpointId, cancellationToken));
            var most = Math.Clamp(MostCells / width, 500, options.Value.DriftRows);
            long? Draw(WindowSize size) => size.Rows <= most ? null : Math.Max(Math.Min(size.Records, 100), (long)Math.Ceiling((double)most / size.Rows * size.Records));
            return (first, second,
                await WindowReader.ReadAsync(connection, endpointId, reference, Draw(first), cancellationToken),
                await WindowReader.ReadAsync(connection, endpointId, current, Draw(second), cancellationToken),
                first.Rows > most || second.Rows > most ? most : null);
        }, cancellationToken);
        if (!read.TryGet(out var windows, out var failure)) return failure;
        var (referenceSize, currentSize, referenceData, currentData, sampled) = windows;
        return await Task.Run(() =>
        {
            var (columns, skipped) = Columns(referenceData, currentData, alpha, cancellationToken);
            return new DriftReport
            {
                Reference = reference,
                ReferenceRows = referenceSize.Rows,
                Current = current,
                CurrentRows = currentSize.Rows,
                Alpha = alpha,
                Drifted = columns.Any(c => c.Drifted),
                Columns = columns,
                Skipped = skipped,
                SampledRows = sampled,
            };
        }, cancellationToken);
    }

    /// <summary>Tests every column that both windows have, and corrects for their number.</summary>
    internal static (IReadOnlyList<ColumnDrift> Columns, IReadOnlyList<SkippedColumn> Skipped) Columns(WindowData reference, WindowData current, double alpha, CancellationToken cancellationToken)
    {
        List<ColumnDrift> tests = [];
        List<SkippedColumn> skipped = [];
        var joined = reference.Joined || current.Joined;
        foreach (var (role, first, second) in new[] { ("input", reference.Inputs, current.Inputs), ("feature", reference.Features, current.Features), ("output", reference.Outputs, current.Outputs) })
        {
            var ofCurrent = second.All().ToDictionary(c => c.Name, c => c.Column);
            var ofReference = first.All().ToDictionary(c => c.Name, c => c.Column);
            var inputs = role == "input" ? ofReference.Count : 0;
            foreach (var (name, column) in ofReference)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string? reason;
                if (!ofCurrent.TryGetValue(name, out var other)) reason = "the current window does not have it";
                else if (column.TooWide || other.TooWide) reason = $"its rows hold arrays of more than {ColumnSet.MostElements} values";
                else if (joined && role == "input" && IsKey(inputs, column, other)) reason = "it is the key by which features were joined; the features are tested";
                else tests.AddRange(ColumnTest.Run(name, role, column, other, out reason));
                if (reason is not null) skipped.Add(new(name, role, reason));
            }
            skipped.AddRange(ofCurrent.Keys.Where(n => !ofReference.ContainsKey(n)).Select(n => new SkippedColumn(n, role, "the reference window does not have it")));
        }
        var adjusted = Holm.Adjust([.. tests.Select(t => t.PValue)]);
        var columns = tests.Select((t, i) => t with { AdjustedPValue = adjusted[i], Drifted = adjusted[i] <= alpha })
            .OrderByDescending(t => t.Drifted).ThenBy(t => t.PValue).ThenByDescending(t => t.Statistic).ThenBy(t => t.Column, StringComparer.Ordinal);
        return ([.. columns], skipped);
    }

    /// <summary>
    /// The log does not say which input was the entity's key. It is of integers or texts, and either the only input or one that hardly repeats:
    /// its values are names of things, so their distribution says nothing.
    /// </summary>
    private static bool IsKey(int inputs, CellColumn reference, CellColumn current)
    {
        if (!OfKeys(reference) || !OfKeys(current)) return false;
        return inputs == 1 || (HardlyRepeats(reference) && HardlyRepeats(current));

        static bool OfKeys(CellColumn c) => c.Count(CellKind.Bool) == 0 && c.Count(CellKind.Number) == 0;
        static bool HardlyRepeats(CellColumn c) => c.Cells.Distinct().Count() > Math.Max(20, c.Cells.Count / 2);
    }

    private static Failure TooFew(string name, Window window, WindowSize size)
    {
        var rows = string.Create(CultureInfo.InvariantCulture, $"{size.Rows} rows");
        return new(ErrorCodes.Invalid, $"The {name} window ({Text(window)}) has {rows} of answered predictions; a drift test needs at least {LeastRows}.", new FieldError(name, rows, $"at least {LeastRows} rows"));
    }

    private static string At(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Text(Window window) => $"{(window.From is { } from ? At(from) : "the beginning")} to {(window.To is { } to ? At(to) : "now")}";
}
