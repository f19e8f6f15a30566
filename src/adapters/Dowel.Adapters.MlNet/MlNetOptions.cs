namespace Dowel.Adapters.MlNet;

/// <summary>Limits on the model files that are loaded.</summary>
public sealed class MlNetOptions
{
    /// <summary>Size of a model when unpacked, in bytes, at most; default 4 GiB.</summary>
    public long MaxUnpackedBytes { get; set; } = 4L << 30;

    /// <summary>Entries in <c>model.zip</c>, at most.</summary>
    public int MaxEntries { get; set; } = 100_000;

    /// <summary>How many times larger than packed an unpacked model may be, once it is larger than 64 MiB.</summary>
    public int MaxPackingRatio { get; set; } = 200;
}
