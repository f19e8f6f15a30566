using System.Collections;
using System.Reflection;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Deployments;

/// <summary>Finds what JSON left null where the contract wants a value: in properties, in lists and in maps.</summary>
internal static class NullCheck
{
    private static readonly Lock Nullability = new();
    private static readonly NullabilityInfoContext Context = new();

    /// <summary>The first gap, named by its field; null for none. A value that is null itself is a gap for <c>deployment</c> alone.</summary>
    public static Failure? Find(object? value, string at)
    {
        switch (value)
        {
            case null: return at == "deployment" ? Gap(at) : null;
            case string: return null;
            case IDictionary map: return Find(map.Keys.Cast<object>().Select(k => ($"{at}.{k}", map[k])));
            case IEnumerable list: return Find(list.Cast<object?>().Select((item, i) => ($"{at}[{i}]", item)));
        }
        if (value.GetType().Namespace != typeof(Contracts.DeploymentSpec).Namespace || value is Enum) return null;
        foreach (var property in value.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0))
        {
            var field = $"{at}.{char.ToLowerInvariant(property.Name[0])}{property.Name[1..]}";
            var inside = property.GetValue(value);
            if (inside is null && !property.PropertyType.IsValueType && !MayBeNull(property)) return Gap(field);
            if (inside is not null && Find(inside, field) is { } gap) return gap;
        }
        return null;
    }

    private static Failure? Find(IEnumerable<(string At, object? Value)> items)
    {
        foreach (var (at, value) in items)
            if ((value is null ? Gap(at) : Find(value, at)) is { } gap) return gap;
        return null;
    }

    private static bool MayBeNull(PropertyInfo property)
    {
        lock (Nullability) return Context.Create(property).ReadState == NullabilityState.Nullable;
    }

    private static Failure Gap(string field) => Failure.Invalid(field, null, "a value");
}
