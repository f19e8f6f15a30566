using System.Text.Json;
using Dowel.Cli.Local;

namespace Dowel.Cli.Packaging;

/// <summary>An image of a model that Dowel's server runs itself: the server and this command line as they were built, with the native libraries of linux-x64 alone.</summary>
internal sealed class ServerImage(CliHost host)
{
    /// <summary>What it stands on unless another is named; a digest pins it.</summary>
    public const string UsualBase = "mcr.microsoft.com/dotnet/aspnet:10.0-noble";

    private const string Platform = "linux-x64";

    /// <summary>The files of a program that are none of its assemblies; the server does not start without the list of its pages' files, which themselves are left out.</summary>
    private static readonly string[] Beside = [".deps.json", ".runtimeconfig.json", ".staticwebassets.endpoints.json"];

    public IEnumerable<string> Write(ImagePlan plan, string target)
    {
        CopyProgram(ServerOptions.FindServer(host), Path.Combine(target, "server"));
        CopyProgram(host.Program, Path.Combine(target, "cli"));
        yield return $"FROM --platform=linux/amd64 {plan.Base}";
        yield return "ENV DOTNET_EnableDiagnostics=0 ASPNETCORE_HTTP_PORTS= DOWEL_SERVER_DLL=/app/server/Dowel.Server.dll";
        yield return "WORKDIR /app";
        // LightGBM's own library is the one that needs more than the base image has.
        if (plan is { Flavor: "lightgbm", Install: true }) yield return "RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*";
        yield return "COPY server ./server";
        yield return "COPY cli ./cli";
        // What differs from model to model comes last, so that images share the layers before.
        yield return "COPY model ./model";
        yield return BuildContext.Label(plan, "oip,seldon,mlflow");
        yield return "USER 10001:10001";
        yield return "EXPOSE 8080";
        yield return $"HEALTHCHECK --interval=10s --start-period=30s CMD {BuildContext.Exec("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && read -r -t 5 _ status _ <&3 && [ \"$status\" = 200 ]")}";
        yield return $"ENTRYPOINT {BuildContext.Exec("dotnet", "/app/cli/Dowel.Cli.dll", "model", "serve", "/app/model", "--host", "0.0.0.0", "--port", "8080", "--flavor", plan.Flavor, "--name", plan.Name)}";
    }

    /// <summary>Copies what the program's list of dependencies names, as far as it is for <see cref="Platform"/>.</summary>
    private static void CopyProgram(string program, string to)
    {
        var (folder, name) = (Path.GetDirectoryName(program)!, Path.GetFileNameWithoutExtension(program));
        var list = Path.Combine(folder, name + ".deps.json");
        if (!File.Exists(list)) throw new CliException($"{list} is missing, which names what {name} is made of.", "Build it again: run the 'dowel' script at the root of the repository.");
        foreach (var file in Beside.Select(e => name + e).Where(f => File.Exists(Path.Combine(folder, f)))) BuildContext.CopyFile(folder, to, file);
        using var document = JsonDocument.Parse(File.ReadAllBytes(list));
        var names = document.RootElement.GetProperty("targets").EnumerateObject().SelectMany(t => t.Value.EnumerateObject()).SelectMany(l => Assets(l.Value));
        foreach (var file in names.Distinct().Order(StringComparer.Ordinal))
        {
            if (!File.Exists(Path.Combine(folder, file))) throw new CliException($"{Path.Combine(folder, file)} is missing, which {name} needs on {Platform}.", "Build it again: run the 'dowel' script at the root of the repository.");
            BuildContext.CopyFile(folder, to, file);
        }
    }

    /// <summary>The files of one library: its assemblies beside the program, and its native libraries for the platform.</summary>
    private static IEnumerable<string> Assets(JsonElement library)
    {
        if (library.TryGetProperty("runtime", out var assemblies))
            foreach (var assembly in assemblies.EnumerateObject().Where(a => !a.Name.EndsWith("/_._", StringComparison.Ordinal))) yield return Path.GetFileName(assembly.Name);
        if (!library.TryGetProperty("runtimeTargets", out var targets)) yield break;
        foreach (var asset in targets.EnumerateObject())
            if (asset.Value.GetProperty("rid").GetString() is Platform or "linux" or "unix" && !asset.Name.EndsWith(".dbg", StringComparison.Ordinal)) yield return asset.Name.Replace('/', Path.DirectorySeparatorChar);
    }
}
