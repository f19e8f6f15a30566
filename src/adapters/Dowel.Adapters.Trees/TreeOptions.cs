namespace Dowel.Adapters.Trees;

/// <summary>How models of LightGBM and XGBoost are loaded.</summary>
public sealed class TreeOptions
{
    /// <summary>Size of a model's file, in bytes, at most; default 1 GiB. Loading takes up to some five times as much memory for a moment.</summary>
    public long MaxBytes { get; set; } = 1L << 30;
}
