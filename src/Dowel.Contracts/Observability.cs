namespace Dowel.Contracts;

/// <summary>One answered (or refused) request at an endpoint, as it stands in the prediction log.</summary>
public sealed record Prediction
{
    /// <summary>Stable id; also sent to the caller.</summary>
    public string Id { get; init; } = "";
    /// <summary>When it was answered.</summary>
    public DateTimeOffset At { get; init; }
    /// <summary>Name of the endpoint at the time.</summary>
    public string Endpoint { get; init; } = "";
    /// <summary>Who called, by name.</summary>
    public string Caller { get; init; } = "";
    /// <summary>The model and version that answered, as "name/version"; empty if none did.</summary>
    public string Model { get; init; } = "";
    /// <summary>Name of the deployment that answered.</summary>
    public string Deployment { get; init; } = "";
    /// <summary>The protocol, such as <c>oip-rest</c>.</summary>
    public string Protocol { get; init; } = "";
    /// <summary>HTTP status of the answer.</summary>
    public int Status { get; init; }
    /// <summary>The error, if it was one.</summary>
    public string? Error { get; init; }
    /// <summary>Rows in the request.</summary>
    public int Rows { get; init; }
    /// <summary>The whole time on the server, in milliseconds.</summary>
    public double LatencyMs { get; init; }
    /// <summary>The part of it in the feature join, in milliseconds.</summary>
    public double FeaturesMs { get; init; }
    /// <summary>The part of it in the model, in milliseconds.</summary>
    public double ModelMs { get; init; }
    /// <summary>What the caller sent: each input's values by name.</summary>
    public IReadOnlyDictionary<string, object?[]> Inputs { get; init; } = new Dictionary<string, object?[]>();
    /// <summary>The features that were joined on: values by name.</summary>
    public IReadOnlyDictionary<string, object?[]> Features { get; init; } = new Dictionary<string, object?[]>();
    /// <summary>What was answered: values by name.</summary>
    public IReadOnlyDictionary<string, object?[]> Outputs { get; init; } = new Dictionary<string, object?[]>();
    /// <summary>What turned out to be right, where it is known.</summary>
    public IReadOnlyList<object?>? GroundTruth { get; init; }
}

/// <summary>Which predictions; newest first.</summary>
public sealed record PredictionQuery
{
    /// <summary>Not before.</summary>
    public DateTimeOffset? From { get; init; }
    /// <summary>Before.</summary>
    public DateTimeOffset? To { get; init; }
    /// <summary>Only by this caller.</summary>
    public string? Caller { get; init; }
    /// <summary><c>ok</c> or <c>error</c>.</summary>
    public string? Outcome { get; init; }
    /// <summary>The page before's cursor.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1000, default 50.</summary>
    public int? Limit { get; init; }
}

/// <summary>One prediction of a model that runs elsewhere.</summary>
public sealed record LoggedPrediction
{
    /// <summary>Its id: <c>pred_</c> and 32 hexadecimal digits; null lets the server choose. An id that the endpoint has already is not logged twice.</summary>
    public string? Id { get; init; }
    /// <summary>When it was answered; null for now.</summary>
    public DateTimeOffset? At { get; init; }
    /// <summary>Who called, by name; null for the sender.</summary>
    public string? Caller { get; init; }
    /// <summary>The model and version that answered, as "name/version".</summary>
    public string? Model { get; init; }
    /// <summary>HTTP status of the answer; default 200.</summary>
    public int? Status { get; init; }
    /// <summary>The error, if it was one.</summary>
    public string? Error { get; init; }
    /// <summary>The whole time it took, in milliseconds.</summary>
    public double? LatencyMs { get; init; }
    /// <summary>What the caller sent: each input's values by name, one value (or array of values) a row.</summary>
    public IReadOnlyDictionary<string, object?[]>? Inputs { get; init; }
    /// <summary>The features that were joined on.</summary>
    public IReadOnlyDictionary<string, object?[]>? Features { get; init; }
    /// <summary>What was answered.</summary>
    public IReadOnlyDictionary<string, object?[]>? Outputs { get; init; }
}

/// <summary>Logs predictions of a model that runs elsewhere; all of them or none.</summary>
/// <param name="Items">1 to 10000.</param>
public sealed record LogPredictions(IReadOnlyList<LoggedPrediction> Items);

/// <summary>What was logged.</summary>
/// <param name="Accepted">Logged now.</param>
/// <param name="Known">Not logged again, as the endpoint has their ids already.</param>
/// <param name="Ids">The id of each item, in order.</param>
public sealed record LogPredictionsResult(int Accepted, int Known, IReadOnlyList<string> Ids);

/// <summary>What turned out to be right for one prediction.</summary>
/// <param name="PredictionId">The prediction.</param>
/// <param name="Values">A value a row of the prediction.</param>
public sealed record GroundTruthItem(string PredictionId, IReadOnlyList<object?> Values);

/// <summary>Sends ground truth; the last one for a prediction counts.</summary>
/// <param name="Items">1 to 10000.</param>
public sealed record SendGroundTruth(IReadOnlyList<GroundTruthItem> Items);

/// <summary>What became of the ground truth that was sent.</summary>
/// <param name="Accepted">Kept.</param>
/// <param name="Unknown">Ids that are no prediction of this endpoint, or of somebody else for a sender with less than edit on it (first 100).</param>
public sealed record GroundTruthResult(int Accepted, IReadOnlyList<string> Unknown);

/// <summary>How an endpoint did over a time.</summary>
public sealed record EndpointTraffic
{
    /// <summary>Not before.</summary>
    public DateTimeOffset From { get; init; }
    /// <summary>Before.</summary>
    public DateTimeOffset To { get; init; }
    /// <summary>Length of a bucket, in seconds.</summary>
    public double StepSeconds { get; init; }
    /// <summary>All of it together.</summary>
    public TrafficFigures Total { get; init; } = new();
    /// <summary>The buckets with requests in them, in order.</summary>
    public IReadOnlyList<TrafficBucket> Buckets { get; init; } = [];
    /// <summary>Requests by caller, most first.</summary>
    public IReadOnlyList<ValueCount> Callers { get; init; } = [];
    /// <summary>Requests by model version.</summary>
    public IReadOnlyList<ValueCount> Versions { get; init; } = [];
}

/// <summary>The figures of one bucket.</summary>
/// <param name="At">Its beginning.</param>
/// <param name="Figures">Figures.</param>
public sealed record TrafficBucket(DateTimeOffset At, TrafficFigures Figures);

/// <summary>Operational figures.</summary>
public sealed record TrafficFigures
{
    /// <summary>Requests.</summary>
    public long Requests { get; init; }
    /// <summary>Those that failed (status 400 and above).</summary>
    public long Errors { get; init; }
    /// <summary>Median latency in milliseconds.</summary>
    public double P50Ms { get; init; }
    /// <summary>95 % were at most this, in milliseconds.</summary>
    public double P95Ms { get; init; }
    /// <summary>99 % were at most this, in milliseconds.</summary>
    public double P99Ms { get; init; }
}

/// <summary>How right an endpoint was, over the predictions whose ground truth is known.</summary>
public sealed record LiveQuality
{
    /// <summary>Rows with ground truth.</summary>
    public long Labeled { get; init; }
    /// <summary>Rows predicted in the time.</summary>
    public long Predicted { get; init; }
    /// <summary>The output that was compared.</summary>
    public string Output { get; init; } = "";
    /// <summary><c>classification</c> or <c>regression</c>.</summary>
    public string Task { get; init; } = "classification";
    /// <summary>accuracy, precision, recall, f1 (of the positive class, where there are two), log_loss, auc; or mae, rmse, r2.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
    /// <summary>Classes in order, for the confusion matrix.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];
    /// <summary>Confusion matrix: rows are truth, columns predictions.</summary>
    public IReadOnlyList<long[]> Confusion { get; init; } = [];
}

/// <summary>A stretch of time of the prediction log.</summary>
/// <param name="From">Not before; null for the beginning.</param>
/// <param name="To">Before; null for now.</param>
public sealed record Window(DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Asks whether the inputs and outputs of two windows come from the same distribution.</summary>
public sealed record DriftRequest
{
    /// <summary>The reference window.</summary>
    public Window Reference { get; init; } = new();
    /// <summary>The current window.</summary>
    public Window Current { get; init; } = new();
    /// <summary>Significance level after correction for the number of columns; default 0.01.</summary>
    public double? Alpha { get; init; }
}

/// <summary>What a drift test found.</summary>
public sealed record DriftReport
{
    /// <summary>Stable id.</summary>
    public string Id { get; init; } = "";
    /// <summary>When it was computed.</summary>
    public DateTimeOffset At { get; init; }
    /// <summary>Who asked.</summary>
    public string By { get; init; } = "";
    /// <summary>The reference window and its rows.</summary>
    public Window Reference { get; init; } = new();
    /// <summary>Rows of the reference window.</summary>
    public long ReferenceRows { get; init; }
    /// <summary>The current window.</summary>
    public Window Current { get; init; } = new();
    /// <summary>Rows of the current window.</summary>
    public long CurrentRows { get; init; }
    /// <summary>Significance level.</summary>
    public double Alpha { get; init; }
    /// <summary>How p-values were corrected for the number of columns.</summary>
    public string Correction { get; init; } = "holm";
    /// <summary>Whether any column drifted.</summary>
    public bool Drifted { get; init; }
    /// <summary>A test a column, those that drifted first, by p-value and then statistic.</summary>
    public IReadOnlyList<ColumnDrift> Columns { get; init; } = [];
    /// <summary>Columns that were not tested, with the reason.</summary>
    public IReadOnlyList<SkippedColumn> Skipped { get; init; } = [];
    /// <summary>Where a window has more rows than this, that many were drawn at random; null where all rows were tested.</summary>
    public long? SampledRows { get; init; }
}

/// <summary>The drift test of one column.</summary>
public sealed record ColumnDrift
{
    /// <summary>Its name.</summary>
    public string Column { get; init; } = "";
    /// <summary><c>input</c>, <c>feature</c> or <c>output</c>.</summary>
    public string Role { get; init; } = "feature";
    /// <summary><c>ks</c> (two-sample Kolmogorov-Smirnov) for numbers, <c>chi2</c> (homogeneity) for categories.</summary>
    public string Test { get; init; } = "";
    /// <summary>The test's statistic.</summary>
    public double Statistic { get; init; }
    /// <summary>p-value.</summary>
    public double PValue { get; init; }
    /// <summary>p-value after correction.</summary>
    public double AdjustedPValue { get; init; }
    /// <summary>Population stability index.</summary>
    public double Psi { get; init; }
    /// <summary>Whether it drifted.</summary>
    public bool Drifted { get; init; }
    /// <summary>How the p-value was computed: <c>exact</c> or <c>asymptotic</c>.</summary>
    public string Method { get; init; } = "";
    /// <summary>Reference: values that are missing (a category of their own in chi2, left out of ks).</summary>
    public long ReferenceMissing { get; init; }
    /// <summary>Current: values that are missing.</summary>
    public long CurrentMissing { get; init; }
    /// <summary>Reference: mean of numbers or the most frequent value.</summary>
    public string ReferenceSummary { get; init; } = "";
    /// <summary>Current: mean of numbers or the most frequent value.</summary>
    public string CurrentSummary { get; init; } = "";
}

/// <summary>A column that a drift test left out.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Role"><c>input</c>, <c>feature</c> or <c>output</c>.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedColumn(string Column, string Role, string Reason);
