using Microsoft.ML.Data;

namespace Dowel.Samples.Titanic.Features;

/// <summary>What the models know of a passenger. The column names are those of the feature view, so the endpoint can join them on.</summary>
public class PassengerFeatures
{
    [ColumnName("title")]
    public string Title { get; set; } = "";

    [ColumnName("is_female")]
    public bool IsFemale { get; set; }

    [ColumnName("class_number")]
    public long ClassNumber { get; set; }

    [ColumnName("age")]
    public double Age { get; set; }

    [ColumnName("age_missing")]
    public bool AgeMissing { get; set; }

    [ColumnName("is_child")]
    public bool IsChild { get; set; }

    [ColumnName("family_size")]
    public long FamilySize { get; set; }
}
