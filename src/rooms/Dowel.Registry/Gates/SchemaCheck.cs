using Dowel.Contracts;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Gates;

/// <summary>Whether a version's signature serves those who call the present holder of the alias.</summary>
internal static class SchemaCheck
{
    public static GateCheck Run(SchemaRule rule, ModelSignature? signature, ModelVersion? holder)
    {
        var expected = rule == SchemaRule.Equal ? "the same inputs and outputs as the holder" : "takes what the holder takes and gives what it gives";
        GateCheck Check(bool passed, string given) => new("schema", passed, given, expected);
        if (holder?.Signature is not { } held) return Check(true, holder is null ? "nobody holds the alias" : $"version {holder.Version}, which holds the alias, has no signature");
        if (signature is null) return Check(false, "the version has no signature");
        // As if the holder's signature had been registered for the new version's model: what it promises must hold.
        var differences = SignatureRules.Differences(held, signature);
        if (rule == SchemaRule.Equal) differences = [.. differences.Union(SignatureRules.Differences(signature, held))];
        return Check(differences.Count == 0, differences.Count == 0 ? $"as version {holder.Version}" : $"against version {holder.Version}: {string.Join("; ", differences.Take(20))}");
    }
}
