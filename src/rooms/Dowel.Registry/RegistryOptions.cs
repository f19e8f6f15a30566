using System.ComponentModel.DataAnnotations;

namespace Dowel.Registry;

/// <summary>The registry's settings, section <c>Registry</c>.</summary>
public sealed class RegistryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Registry";

    /// <summary>How long loading and trying a model in the gate may take, in seconds.</summary>
    [Range(1, 3600)]
    public int GateSeconds { get; set; } = 60;

    /// <summary>How many models may be tried at once.</summary>
    [Range(1, 64)]
    public int GatesAtOnce { get; set; } = 2;
}
