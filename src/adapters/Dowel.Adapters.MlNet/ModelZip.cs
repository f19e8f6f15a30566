using System.IO.Compression;
using Dowel.Kernel.Ports;

namespace Dowel.Adapters.MlNet;

/// <summary>Looks at a model's archive before ML.NET unpacks it: names that climb out of the folder and archives that swell.</summary>
internal static class ModelZip
{
    private const long AlwaysFine = 64L << 20;

    public static void Check(string path, MlNetOptions options, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var zip = new ZipArchive(file, ZipArchiveMode.Read);
            if (zip.Entries.Count == 0) throw Refused("is empty");
            if (zip.Entries.Count > options.MaxEntries) throw Refused($"has {zip.Entries.Count} entries, more than the {options.MaxEntries} allowed");
            foreach (var entry in zip.Entries) CheckName(entry.FullName);
            var limit = Math.Min(options.MaxUnpackedBytes, Math.Max(AlwaysFine, file.Length * options.MaxPackingRatio));
            Measure(zip, limit, cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new ModelException($"'{MlNetRuntime.ModelFile}' is damaged or no zip archive: {e.Message}", e);
        }
    }

    private static void CheckName(string name)
    {
        // ML.NET writes Windows' separators on Windows, so both count.
        var parts = name.Split('/', '\\');
        if (name.Length == 0 || parts[0].Length == 0 || name.Contains(':') || name.Contains('\0') || parts.Contains(".."))
            throw Refused($"has an entry that would be unpacked outside its folder: '{name}'");
    }

    /// <summary>Unpacks into nothing and counts: the sizes that the archive states are only claims.</summary>
    private static void Measure(ZipArchive zip, long limit, CancellationToken cancellationToken)
    {
        var buffer = new byte[128 * 1024];
        long total = 0;
        foreach (var entry in zip.Entries)
        {
            if (entry.Length > limit - total) throw Refused($"would unpack to more than {limit} bytes");
            using var content = entry.Open();
            int read;
            while ((read = content.Read(buffer)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if ((total += read) > limit) throw Refused($"would unpack to more than {limit} bytes");
            }
        }
    }

    private static ModelException Refused(string why) => new($"'{MlNetRuntime.ModelFile}' {why}; it is not loaded.");
}
