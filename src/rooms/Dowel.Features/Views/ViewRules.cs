using Dowel.Contracts;
using Dowel.Features.Push;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Results;

namespace Dowel.Features.Views;

/// <summary>What a feature view may be.</summary>
internal static class ViewRules
{
    public const string DefaultTimestamp = "event_timestamp";
    private const int MaxFeatures = 2000;
    private const int MaxSources = 100;
    private const int MaxName = 100;

    public static Failure? CheckSources(IReadOnlyList<string>? sources)
    {
        if (sources is { Count: > MaxSources }) return Failure.Invalid("sources", $"{sources.Count} references", $"at most {MaxSources}");
        for (var i = 0; i < (sources?.Count ?? 0); i++)
            if (!DataReference.IsValid(sources![i])) return Failure.Invalid($"sources[{i}]", sources[i], DataReference.Expected);
        return null;
    }

    public static Failure? Check(CreateFeatureView spec)
    {
        if (CheckViewName(spec.Name) is { } badName) return badName;
        var timestamp = spec.TimestampField ?? DefaultTimestamp;
        if (!IsName(spec.Entity?.Name)) return Failure.Invalid("entity.name", spec.Entity?.Name, NameRule);
        if (spec.Entity!.Type is not ("int64" or "string")) return Failure.Invalid("entity.type", spec.Entity.Type, "int64 or string");
        if (!IsName(timestamp)) return Failure.Invalid("timestampField", timestamp, NameRule);
        if (Same(spec.Entity.Name, timestamp) || Same(spec.Entity.Name, DefaultTimestamp)) return Failure.Invalid("entity.name", spec.Entity.Name, "a name that is not the timestamp's");
        if (spec.TtlSeconds is <= 0 or > 100L * 366 * 86400) return Failure.Invalid("ttlSeconds", spec.TtlSeconds, "a positive number of seconds of at most 100 years, or null for ever");
        if (spec.State is { } state && !Enum.IsDefined(state)) return Failure.Invalid("state", state, "draft, active or deprecated");
        if (CheckSources(spec.Sources) is { } badSource) return badSource;
        if (spec.Features is null or []) return Failure.Invalid("features", null, "at least one feature");
        return CheckFeatures(spec.Features, "features", spec.Entity.Name, timestamp, []);
    }

    /// <summary>A name that can stand in <c>view:feature</c>.</summary>
    public static Failure? CheckViewName(string? name) => name?.Contains(':') == true ? Failure.Invalid("name", name, "a name without ':'") : null;

    public static Failure? CheckFeatures(IReadOnlyList<Feature> features, string field, string entity, string timestamp, IReadOnlyList<Feature> existing)
    {
        if (features.Count + existing.Count > MaxFeatures) return Failure.Invalid(field, $"{features.Count + existing.Count} features", $"at most {MaxFeatures}");
        // Columns of tables know no case.
        var taken = new HashSet<string>(existing.Select(f => f.Name), StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < features.Count; i++)
        {
            var (feature, path) = (features[i], $"{field}[{i}]");
            if (feature is null) return Failure.Invalid(path, null, "a feature");
            if (!IsName(feature.Name)) return Failure.Invalid($"{path}.name", feature.Name, NameRule);
            if (Same(feature.Name, entity)) return Failure.Invalid($"{path}.name", feature.Name, "a name that is not the entity's");
            if (Same(feature.Name, timestamp) || Same(feature.Name, DefaultTimestamp)) return Failure.Invalid($"{path}.name", feature.Name, "a name that is not reserved for the timestamp");
            if (!taken.Add(feature.Name)) return Failure.Invalid($"{path}.name", feature.Name, "a name that the view does not have yet (upper and lower case count as the same)");
            if (ViewSchema.TypeOf(feature.Type ?? "") is not { } type) return Failure.Invalid($"{path}.type", feature.Type, "boolean, int64, float64 or string");
            if (feature.Description?.Length > 5000) return Failure.Invalid($"{path}.description", feature.Description, "at most 5000 characters");
            if (feature.Default is not null && !Cell.TryFromJson(type, feature.Default, out _)) return Failure.Invalid($"{path}.default", feature.Default, $"a value of type {feature.Type}, or null");
        }
        return null;
    }

    private const string NameRule = "1 to 100 letters (a to z), digits and '_', not beginning with '__'";

    private static bool IsName(string? name)
        => name is { Length: > 0 and <= MaxName } && !name.StartsWith("__", StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
