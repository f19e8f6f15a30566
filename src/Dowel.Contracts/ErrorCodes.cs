namespace Dowel.Contracts;

/// <summary>One expected failure: its code on the wire, the HTTP status it maps to, its cause and what the client should do.</summary>
/// <param name="Code">Stable identifier, <c>area.reason</c> in lower case; clients may branch on it.</param>
/// <param name="Status">HTTP status of the native API.</param>
/// <param name="Title">The cause, in one short sentence.</param>
/// <param name="Remedy">What the client should do; empty where each failure says it in its detail.</param>
public sealed record ErrorCode(string Code, int Status, string Title, string Remedy)
{
    /// <inheritdoc/>
    public override string ToString() => Code;
}

/// <summary>The catalogue of expected failures. Every protocol maps these at its edge; a new failure is added here first.</summary>
public static class ErrorCodes
{
    /// <summary>A value in the request is missing or wrong.</summary>
    public static readonly ErrorCode Invalid = new("request.invalid", 400, "The request is not valid.", "Correct what is named and send it again.");
    /// <summary>The body could not be read as the format it claims.</summary>
    public static readonly ErrorCode Malformed = new("request.malformed", 400, "The body could not be read.", "Send a body of the documented format.");
    /// <summary>No credentials, or ones that are wrong, expired or revoked.</summary>
    public static readonly ErrorCode Unauthenticated = new("auth.required", 401, "Sign in first.", "Send a valid token as 'Authorization: Bearer …', or user and password by HTTP Basic.");
    /// <summary>Signed in, but not allowed.</summary>
    public static readonly ErrorCode Forbidden = new("access.denied", 403, "You may not do this.", "Ask an owner of the project to give you a role or to share it with you.");
    /// <summary>The request came from another site.</summary>
    public static readonly ErrorCode CrossSite = new("auth.cross_site", 403, "The request came from another site or host name.", "Call the server under its own address, or send a token instead of a cookie.");
    /// <summary>No such thing.</summary>
    public static readonly ErrorCode NotFound = new("resource.not_found", 404, "It does not exist.", "Check the name or id; list what there is.");
    /// <summary>The room is switched off.</summary>
    public static readonly ErrorCode RoomOff = new("room.off", 404, "This part of Dowel is switched off on this server.", "An administrator can switch it on in the server's configuration.");
    /// <summary>A thing of that name is already there.</summary>
    public static readonly ErrorCode Exists = new("resource.exists", 409, "One with this name exists already.", "Choose another name, or update the one that exists.");
    /// <summary>A bare name fits several things.</summary>
    public static readonly ErrorCode Ambiguous = new("resource.ambiguous", 409, "The name fits more than one.", "Use 'project.name' or the id.");
    /// <summary>The state of the thing does not allow it.</summary>
    public static readonly ErrorCode Conflict = new("resource.conflict", 409, "Its present state does not allow this.", "Read its state and try what it allows.");
    /// <summary>Somebody changed it in between (If-Match).</summary>
    public static readonly ErrorCode Stale = new("resource.stale", 412, "It was changed since you read it.", "Read it again and repeat your change.");
    /// <summary>The body or a part of it is larger than the limit.</summary>
    public static readonly ErrorCode TooLarge = new("request.too_large", 413, "It is larger than this server accepts.", "Send less at once, or ask the administrator to raise the limit.");
    /// <summary>A validation gate did not pass.</summary>
    public static readonly ErrorCode GateFailed = new("model.gate_failed", 422, "The model version did not pass its validation gate.", "Read the failed checks, mend the model and register a new version.");
    /// <summary>A query was refused or failed.</summary>
    public static readonly ErrorCode QueryFailed = new("query.failed", 422, "The query could not be run.", "");
    /// <summary>A query ran past its time or memory.</summary>
    public static readonly ErrorCode QueryLimit = new("query.limit", 422, "The query needed more time or memory than it may use.", "Filter earlier, aggregate, or ask for fewer rows.");
    /// <summary>Data does not fit the schema.</summary>
    public static readonly ErrorCode SchemaMismatch = new("data.schema_mismatch", 422, "The data does not fit the schema.", "Send the columns and types that the schema names.");
    /// <summary>No features are stored for an entity.</summary>
    public static readonly ErrorCode FeaturesMissing = new("features.missing", 422, "No features are stored for an entity in the request.", "Push its features first, or set the endpoint's policy for unknown entities to defaults.");
    /// <summary>Too many attempts.</summary>
    public static readonly ErrorCode RateLimited = new("request.rate_limited", 429, "Too many attempts.", "Wait as long as the Retry-After header says.");
    /// <summary>The model failed on this input.</summary>
    public static readonly ErrorCode ModelFailed = new("model.failed", 500, "The model could not answer.", "Read the deployment's log.");
    /// <summary>Not ready to answer.</summary>
    public static readonly ErrorCode NotReady = new("endpoint.not_ready", 503, "It is not ready to answer.", "Wait until its state is 'ready' and try again.");
    /// <summary>No room to keep anything.</summary>
    public static readonly ErrorCode StorageFull = new("server.storage_full", 507, "The server has no room left.", "Ask an administrator to make room, then send it again.");
    /// <summary>Something that was kept is gone.</summary>
    public static readonly ErrorCode StorageLost = new("server.storage_lost", 500, "A file that the server kept is gone or damaged.", "Ask an administrator to put it back from a backup.");
    /// <summary>A fault in the server.</summary>
    public static readonly ErrorCode Fault = new("server.fault", 500, "The server failed.", "Try again; if it stays, report the trace id.");

    /// <summary>Every code of the catalogue.</summary>
    public static IReadOnlyList<ErrorCode> All { get; } = [.. typeof(ErrorCodes).GetFields().Where(f => f.FieldType == typeof(ErrorCode)).Select(f => (ErrorCode)f.GetValue(null)!)];
}
