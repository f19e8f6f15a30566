namespace Dowel.Samples.Titanic.Features;

/// <summary>A row of titanic.csv.</summary>
/// <param name="Age">Years; null where nobody wrote it down.</param>
/// <param name="Class">1st, 2nd or 3rd.</param>
public sealed record Passenger(long Id, string Name, string Sex, double? Age, string Class, bool Survived);
