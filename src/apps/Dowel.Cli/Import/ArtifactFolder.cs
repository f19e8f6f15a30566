namespace Dowel.Cli.Import;

/// <summary>
/// Finds the local folders that an MLflow database names. Whoever made the database must not get files read that are no artifacts: nothing outside of the folder that the user named
/// is read, nor outside of the database's own folder where they named none, whatever paths and links say.
/// </summary>
internal sealed class ArtifactFolder
{
    private const string Proxy = "mlflow-artifacts:";
    private readonly string _root;
    private readonly string? _proxyRoot;
    private readonly bool _given;

    /// <param name="given">The folder that the user named; null for what lies beside the database.</param>
    /// <param name="databaseFolder">The SQLite file's folder, or null.</param>
    public ArtifactFolder(string? given, string? databaseFolder)
    {
        _given = given is not null;
        if (given is not null && !Directory.Exists(given)) throw new CliException($"There is no folder {given}.", "Give the folder with the artifacts as --artifacts, or --skip-artifacts.", ExitCodes.Usage);
        _root = RealPath(Path.GetFullPath(given ?? databaseFolder ?? throw new ArgumentNullException(nameof(databaseFolder))));
        var beside = Path.Combine(_root, "mlartifacts");
        _proxyRoot = _given ? _root : Directory.Exists(beside) ? RealPath(beside) : null;
    }

    /// <summary>Whether files are in a store that clients reach by themselves, such as S3.</summary>
    public static bool IsOutside(string uri) => uri.IndexOf(":/", StringComparison.Ordinal) is > 1 && !uri.StartsWith(Proxy, StringComparison.OrdinalIgnoreCase) && !uri.StartsWith("file:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Stops where the user has to say which folder is meant.</summary>
    public static ArtifactFolder Open(string? given, string? databaseFolder, IReadOnlyCollection<string> locations)
    {
        var local = locations.Where(l => l.Length > 0 && !IsOutside(l)).Distinct().ToList();
        if (given is null && databaseFolder is null && local.Count > 0)
            throw CliException.Usage($"The database names files, such as those in {Cell.Clean(local[0])}.", "Give the folder with the artifacts as --artifacts, or --skip-artifacts.");
        var folder = new ArtifactFolder(given, databaseFolder ?? Directory.GetCurrentDirectory());
        if (given is null && local.FirstOrDefault(l => folder.Below(l) is null) is { } elsewhere)
            throw CliException.Usage(elsewhere.StartsWith(Proxy, StringComparison.Ordinal)
                ? $"The files lie where the server kept its artifacts ({Cell.Clean(elsewhere)}), and beside the database is no folder 'mlartifacts'."
                : $"The database names files outside of its own folder: {Cell.Clean(elsewhere)}.", "Give the folder with the artifacts as --artifacts, or --skip-artifacts.");
        return folder;
    }

    /// <summary>The folder of a run's or model's artifacts.</summary>
    /// <param name="uri">Where the database says it is.</param>
    /// <param name="location">Where it says that its experiment's are.</param>
    /// <param name="why">Why there is none.</param>
    public string? Find(string uri, string location, out string why)
    {
        why = "";
        if (uri.Length == 0) why = "the database does not say where the files are";
        else if (IsOutside(uri)) why = "the files are in a store of their own, and stay there";
        else
        {
            var inside = false;
            foreach (var path in Candidates(uri, location))
            {
                inside = true;
                if (!Directory.Exists(path)) continue;
                if (IsIn(_root, RealPath(path))) return path;
                why = "a link leads out of the folder of the artifacts";
                return null;
            }
            // A run that logged no file has no folder.
            why = inside ? "" : "the path leads out of the folder of the artifacts";
        }
        return null;
    }

    private IEnumerable<string> Candidates(string uri, string location)
    {
        if (Below(uri) is { } path) yield return path;
        // The folder may have moved since: EXPERIMENT/RUN/artifacts as it was, below the folder that the user named.
        if (!_given || uri.StartsWith(Proxy, StringComparison.OrdinalIgnoreCase)) yield break;
        var (file, home) = (FilePath(uri), FilePath(location));
        if (file is null || home is null || !file.StartsWith(home.TrimEnd('/') + "/", StringComparison.Ordinal)) yield break;
        var rest = file[home.TrimEnd('/').Length..].TrimStart('/');
        if (Join(_root, $"{home.TrimEnd('/').Split('/')[^1]}/{rest}") is { } moved) yield return moved;
    }

    private string? Below(string uri)
    {
        if (uri.StartsWith(Proxy, StringComparison.OrdinalIgnoreCase))
        {
            var rest = uri[Proxy.Length..];
            if (rest.StartsWith("//", StringComparison.Ordinal)) rest = rest.IndexOf('/', 2) is > 0 and var slash ? rest[slash..] : "";
            return _proxyRoot is null ? null : Join(_proxyRoot, rest.TrimStart('/'));
        }
        return FilePath(uri) is { } path && !HasClimb(path) && Path.GetFullPath(path, _root) is var full && IsIn(_root, full) ? full : null;
    }

    private static string? Join(string root, string path) => !HasClimb(path) && Path.GetFullPath(Path.Combine(root, path)) is var full && IsIn(root, full) ? full : null;

    private static string? FilePath(string uri)
    {
        if (!uri.StartsWith("file:", StringComparison.OrdinalIgnoreCase)) return uri.Contains('\0') ? null : uri;
        return Uri.TryCreate(uri, UriKind.Absolute, out var file) && !uri.Contains('\0') ? Uri.UnescapeDataString(file.AbsolutePath) : null;
    }

    private static bool HasClimb(string path) => path.Contains('\0') || path.Split('/', '\\').Contains("..");

    private static bool IsIn(string root, string path) => path == root || path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The path with every link in it followed.</summary>
    private static string RealPath(string path)
    {
        var real = Path.GetPathRoot(path)!;
        foreach (var part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = new DirectoryInfo(Path.Combine(real, part));
            real = next.LinkTarget is null ? next.FullName : RealPath(next.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next.FullName);
        }
        return real;
    }

    /// <summary>All files below a folder, with paths relative to it. Links are not followed.</summary>
    public static IEnumerable<(string Path, FileInfo File)> Walk(string folder, ImportTally tally)
    {
        var open = new Stack<(DirectoryInfo Folder, string Path)>();
        open.Push((new DirectoryInfo(folder), ""));
        while (open.TryPop(out var at))
        {
            FileSystemInfo[] entries;
            try
            {
                entries = at.Folder.GetFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                tally.NotRead("a folder cannot be read");
                continue;
            }
            Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
            foreach (var entry in entries)
            {
                var path = at.Path.Length == 0 ? entry.Name : $"{at.Path}/{entry.Name}";
                if (entry.LinkTarget is not null) tally.NotRead("links are not followed");
                else if (entry is DirectoryInfo below) open.Push((below, path));
                else if (entry is FileInfo file) yield return (path, file);
            }
        }
    }
}
