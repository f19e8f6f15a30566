using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>What was found and what became of it; also the command's result as JSON.</summary>
internal sealed class ImportTally
{
    private const int MostTold = 200;
    private readonly Lock _gate = new();

    public string Database { get; set; } = "";
    public string SchemaVersion { get; set; } = "";
    public string Source { get; set; } = "";
    public string Project { get; set; } = "";
    public bool DryRun { get; set; }
    public Things Experiments { get; } = new();
    public Things Runs { get; } = new();
    public Things MetricPoints { get; } = new();
    public Things LoggedModels { get; } = new();
    public Things Files { get; } = new();
    public Things Bytes { get; } = new();
    public Things Models { get; } = new();
    public Things ModelVersions { get; } = new();
    public Things Aliases { get; } = new();

    /// <summary>Rows that belong to nothing, by table.</summary>
    public SortedDictionary<string, long> Orphans { get; } = new(StringComparer.Ordinal);

    /// <summary>What the database has besides, and the import does not bring.</summary>
    public SortedDictionary<string, long> NotImported { get; } = new(StringComparer.Ordinal);

    /// <summary>Things that were left out because something here is in their way, or that the server refused.</summary>
    public long Refused { get; private set; }

    /// <summary>The first of them.</summary>
    public List<string> RefusedBecause { get; } = [];

    /// <summary>Values that could not be kept.</summary>
    public long Skipped { get; private set; }

    /// <summary>The first of them.</summary>
    public List<ImportSkip> SkippedValues { get; } = [];

    /// <summary>Folders and files of artifacts that are not there, or not where they may be read.</summary>
    public SortedDictionary<string, long> FilesNotRead { get; } = new(StringComparer.Ordinal);

    public void Refuse(Things things, string why)
    {
        lock (_gate)
        {
            things.Refused++;
            Refused++;
            if (RefusedBecause.Count < MostTold) RefusedBecause.Add(why);
        }
    }

    public void Skip(IReadOnlyCollection<ImportSkip> skipped)
    {
        lock (_gate)
        {
            Skipped += skipped.Count;
            SkippedValues.AddRange(skipped.Take(MostTold - SkippedValues.Count));
        }
    }

    public void Skip(string id, string what, string key, string why) => Skip([new ImportSkip(id, what, key, why)]);

    public void NotRead(string why)
    {
        lock (_gate) FilesNotRead[why] = FilesNotRead.GetValueOrDefault(why) + 1;
    }
}

/// <summary>Counts of one sort of thing.</summary>
internal sealed class Things
{
    /// <summary>In the database, of what was chosen.</summary>
    public long Found { get; set; }
    /// <summary>Written now.</summary>
    public long Imported { get; set; }
    /// <summary>Here before.</summary>
    public long Present { get; set; }
    /// <summary>Refused.</summary>
    public long Refused { get; set; }
}
