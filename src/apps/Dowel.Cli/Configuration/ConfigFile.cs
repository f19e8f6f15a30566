using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Cli;

/// <summary>The file that 'dowel login' writes: the usual server, and a token for each server. Only its owner can read it.</summary>
internal sealed class ConfigFile
{
    private ConfigFile(string path, ConfigData data)
    {
        Path = path;
        Data = data;
    }

    public string Path { get; }

    public ConfigData Data { get; private set; }

    public static ConfigFile Load(CliHost host)
    {
        var path = PathOf(host);
        if (!File.Exists(path)) return new ConfigFile(path, new ConfigData());
        try
        {
            return new ConfigFile(path, JsonSerializer.Deserialize<ConfigData>(File.ReadAllText(path), DowelJson.Options) ?? new ConfigData());
        }
        catch (JsonException e)
        {
            throw new CliException($"The configuration {path} cannot be read: {e.Message}", "Mend or delete it, then 'dowel login' again.");
        }
    }

    public string? TokenOf(Uri server) => Data.Tokens.GetValueOrDefault(Key(server));

    public void SetToken(Uri server, string token)
    {
        Data = new ConfigData { Server = Key(server), Tokens = new Dictionary<string, string>(Data.Tokens) { [Key(server)] = token } };
        Save();
    }

    public bool RemoveToken(Uri server)
    {
        var tokens = new Dictionary<string, string>(Data.Tokens);
        if (!tokens.Remove(Key(server))) return false;
        Data = Data with { Tokens = tokens };
        Save();
        return true;
    }

    private static string Key(Uri server) => server.AbsoluteUri.TrimEnd('/');

    private static string PathOf(CliHost host)
    {
        var root = host.Environment("XDG_CONFIG_HOME");
        if (string.IsNullOrEmpty(root) || !System.IO.Path.IsPathRooted(root)) root = System.IO.Path.Combine(HomeFolder.Of(host), ".config");
        return System.IO.Path.Combine(root, "dowel", "config.json");
    }

    private void Save()
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        var temporary = $"{Path}.{Guid.NewGuid():N}";
        var text = JsonSerializer.SerializeToUtf8Bytes(Data, new JsonSerializerOptions(DowelJson.Options) { WriteIndented = true });
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        PrivateFolder.Create(folder);
        using (var file = new FileStream(temporary, options)) file.Write(text);
        File.Move(temporary, Path, overwrite: true);
    }
}
