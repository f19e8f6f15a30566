using Microsoft.ML.Data;

namespace Dowel.Samples.Titanic.Features;

/// <summary>A passenger's features with the label.</summary>
public sealed class TrainingRow : PassengerFeatures
{
    public const string Label = "survived";

    [ColumnName(Label)]
    public bool Survived { get; set; }

    [NoColumn]
    public long PassengerId { get; set; }

    public TrainingRow Copy() => (TrainingRow)MemberwiseClone();
}
