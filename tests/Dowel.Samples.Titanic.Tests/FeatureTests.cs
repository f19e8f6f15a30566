using Dowel.Samples.Titanic.Features;

namespace Dowel.Samples.Titanic.Tests;

public sealed class FeatureTests
{
    /// <summary>The figures that R gave for this file; see the README of the sample.</summary>
    [Fact]
    public void Reads_the_passengers_as_R_does()
    {
        Assert.Equal(1309, Data.Passengers.Count);
        Assert.Equal(500, Data.Passengers.Count(p => p.Survived));
        Assert.Equal(466, Data.Passengers.Count(p => p.Sex == "female"));
        Assert.Equal([323, 277, 709], Data.Passengers.CountBy(p => p.Class).OrderBy(c => c.Key).Select(c => c.Value));
        double[] ages = [.. Data.Passengers.Where(p => p.Age is not null).Select(p => p.Age!.Value)];
        Assert.Equal(263, 1309 - ages.Length);
        Assert.Equal(29.88, ages.Average(), 2);
        Assert.Equal(28, TitanicFeatures.Median(ages));
    }

    [Fact]
    public void Reads_quoted_cells_and_refuses_other_files()
    {
        var text = "passenger_id,name,sex,age,passenger_class,survived\n7,\"Daly, Mr. Peter \"\"Pat\"\"\",male,,3rd,1\n";
        var passenger = Assert.Single(PassengerCsv.Read(new StringReader(text)));
        Assert.Equal(new Passenger(7, "Daly, Mr. Peter \"Pat\"", "male", null, "3rd", true), passenger);
        Assert.Throws<FormatException>(() => PassengerCsv.Read(new StringReader("a,b\n1,2\n")));
        Assert.Throws<FormatException>(() => PassengerCsv.Read(new StringReader(text + "8,too,few\n")));
    }

    [Theory]
    [InlineData("Allen, Miss. Elisabeth Walton", "Miss")]
    [InlineData("Allison, Master. Hudson Trevor", "Master")]
    [InlineData("Aubart, Mme. Leontine Pauline", "Mrs")]
    [InlineData("Sagesser, Mlle. Emma", "Miss")]
    [InlineData("Crosby, Capt. Edward Gifford", "other")]
    [InlineData("Rothes, the Countess. of (Lucy", "other")]
    [InlineData("nobody", "other")]
    [InlineData("a, b", "other")]
    public void Finds_the_title(string name, string title) => Assert.Equal(title, TitanicFeatures.TitleOf(name));

    /// <summary>Counted with pandas: str.extract(r',\s*([^.]*)\.').</summary>
    [Fact]
    public void Counts_titles_as_pandas_does() =>
        Assert.Equal(
            [("Master", 61), ("Miss", 264), ("Mr", 757), ("Mrs", 198), ("other", 29)],
            Data.Features.CountBy(f => f.Title).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key, c.Value)));

    [Fact]
    public void Describes_known_passengers()
    {
        var allen = Data.Of(1);
        Assert.Equal(("Miss", true, 1L, 29.0, false, false), (allen.Title, allen.IsFemale, allen.ClassNumber, allen.Age, allen.AgeMissing, allen.IsChild));
        var hudson = Data.Of(2);
        Assert.Equal(("Master", false, true, 0.9167), (hudson.Title, hudson.IsFemale, hudson.IsChild, hudson.Age));
        // Hudson, Helen, and their parents.
        Assert.Equal(4, hudson.FamilySize);
        Assert.Equal(1, Data.Passengers.Count(p => p.Name.StartsWith("Allen,", StringComparison.Ordinal) && p.Class == "1st"));
        Assert.Equal(1, allen.FamilySize);
        // The Sages travelled in third class, all eleven.
        Assert.Equal(11, Data.Features.Max(f => f.FamilySize));
    }

    [Fact]
    public void Fills_in_the_median_age_of_the_title()
    {
        var missing = Data.Passengers.Zip(Data.Features).Where(p => p.First.Age is null).ToArray();
        Assert.Equal(263, missing.Length);
        Assert.All(missing, p => Assert.True(p.Second.AgeMissing));
        var masters = Data.Passengers.Where(p => TitanicFeatures.TitleOf(p.Name) == "Master" && p.Age is not null).Select(p => p.Age!.Value);
        Assert.All(missing.Where(p => p.Second.Title == "Master"), p => Assert.Equal(TitanicFeatures.Median(masters), p.Second.Age));
        Assert.DoesNotContain(Data.Features, f => double.IsNaN(f.Age) || f.Age <= 0);
    }

    [Fact]
    public void Never_looks_at_who_survived()
    {
        var turned = TitanicFeatures.Build([.. Data.Passengers.Select(p => p with { Survived = !p.Survived })]);
        Assert.Equal(Data.Features.SelectMany(FeatureTables.Cells), turned.SelectMany(FeatureTables.Cells));
    }

    [Fact]
    public void Tables_come_back_as_they_went()
    {
        var pushed = FeatureTables.ToPush(Data.Passengers, Data.Features);
        Assert.Equal(["passenger_id", "event_timestamp", "title", "is_female", "class_number", "age", "age_missing", "is_child", "family_size"], pushed.Columns.Select(c => c.Name));
        Assert.Equal("1912-04-10T12:00:00Z", pushed.Rows[0][1]);
        var joined = pushed with
        {
            Columns = [.. pushed.Columns, new("survived", "boolean")],
            Rows = [.. pushed.Rows.Zip(Data.Passengers, (r, p) => (object?[])[.. r, p.Survived])],
        };
        Assert.Equal(Data.Features.SelectMany(FeatureTables.Cells), FeatureTables.ToTraining(joined).SelectMany(FeatureTables.Cells));
        Assert.All(pushed.Rows, r => Assert.Equal(pushed.Columns.Count, r.Length));
    }

    [Fact]
    public void Every_feature_is_described_and_has_a_default() =>
        Assert.All(TitanicFeatures.Definitions, f => Assert.True(f.Description.Length > 10 && f.Default is not null));

    [Fact]
    public void Median_is_the_middle_or_the_mean_of_the_two()
    {
        Assert.Equal(2, TitanicFeatures.Median([3, 1, 2]));
        Assert.Equal(2.5, TitanicFeatures.Median([4, 1, 2, 3]));
        Assert.Throws<ArgumentException>(() => TitanicFeatures.Median([]));
    }
}
