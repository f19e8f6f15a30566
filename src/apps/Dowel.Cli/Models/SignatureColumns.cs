using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>How a signature is shown.</summary>
internal static class SignatureColumns
{
    public static Column<TensorSpec>[] All { get; } =
    [
        new("Name", t => t.Name),
        new("Type", t => t.Datatype),
        new("Shape", t => $"[{string.Join(',', t.Shape)}]"),
        new("Optional", t => t.Optional ? "yes" : ""),
        new("Values", t => t.Values is null ? "" : string.Join(", ", t.Values)),
        new("Description", t => t.Description),
    ];
}
