using System.Diagnostics;
using Docker.DotNet.Models;
using Dowel.Kernel.Ports;
using ContainerSpec = Dowel.Contracts.ContainerSpec;

namespace Dowel.Adapters.Docker;

/// <summary>Brings an image to this machine.</summary>
internal static class ImagePull
{
    /// <summary>Pulls an image that is not here, or whose tag is meant to move. One that is here does where its registry cannot be asked.</summary>
    public static async Task RunAsync(DockerEngine engine, ContainerSpec spec, IModelLog log, CancellationToken cancellationToken)
    {
        var isHere = await IsHereAsync(engine, spec.Image, cancellationToken);
        if (isHere && Tag(spec.Image) != "latest") return;
        log.Write($"pulling {spec.Image}");
        var progress = new Progress(log);
        try
        {
            await engine.AskAsync(client => client.Images.CreateImageAsync(new ImagesCreateParameters { FromImage = WithTag(spec.Image) },
                spec.RegistryUser is null && spec.RegistryPassword is null ? null : new AuthConfig { Username = spec.RegistryUser, Password = spec.RegistryPassword, ServerAddress = Registry(spec.Image) }, progress, cancellationToken));
            if (progress.Error is { } error) throw new ModelException(error);
            log.Write($"pulled {spec.Image}");
        }
        catch (ModelException e) when (e is not ModelUnavailableException)
        {
            if (!isHere) throw new ModelException($"The image '{spec.Image}' could not be pulled: {e.Message}", e);
            log.Write($"could not pull {spec.Image}, so the one that is here is used: {e.Message}");
        }
    }

    /// <summary>The tag, or the digest; <c>latest</c> where none is given.</summary>
    internal static string Tag(string image)
    {
        if (image.Contains('@')) return image[(image.IndexOf('@') + 1)..];
        var name = image[(image.LastIndexOf('/') + 1)..];
        return name.IndexOf(':') is >= 0 and var colon ? name[(colon + 1)..] : "latest";
    }

    /// <summary>The registry's host; the engine's default where the first part of the name is none.</summary>
    internal static string Registry(string image)
    {
        var first = image.Split('/')[0];
        return image.Contains('/') && (first.Contains('.') || first.Contains(':') || first == "localhost") ? first : "https://index.docker.io/v1/";
    }

    // Without a tag the engine would pull all there are.
    private static string WithTag(string image) => image.Contains('@') || image[(image.LastIndexOf('/') + 1)..].Contains(':') ? image : $"{image}:latest";

    private static async Task<bool> IsHereAsync(DockerEngine engine, string image, CancellationToken cancellationToken)
    {
        try
        {
            await engine.AskAsync(client => client.Images.InspectImageAsync(image, cancellationToken));
            return true;
        }
        catch (DockerRefusedException e) when (e.Status == 404)
        {
            return false;
        }
    }

    /// <summary>Writes how far it is, every few seconds. The engine also says here what failed.</summary>
    private sealed class Progress(IModelLog log) : IProgress<JSONMessage>
    {
        private readonly Dictionary<string, (long Current, long Total)> _layers = [];
        private long _written = Stopwatch.GetTimestamp();

        public string? Error { get; private set; }

        public void Report(JSONMessage value)
        {
            if (value.Error is { } error) Error = error.Message;
            if (value.ID is null || value.Status != "Downloading" || value.Progress is not { Total: > 0 } part) return;
            _layers[value.ID] = (part.Current ?? 0, part.Total.Value);
            if (Stopwatch.GetElapsedTime(_written) < TimeSpan.FromSeconds(2)) return;
            _written = Stopwatch.GetTimestamp();
            log.Write(FormattableString.Invariant($"pulled {_layers.Values.Sum(l => l.Current) / 1e6:0} of {_layers.Values.Sum(l => l.Total) / 1e6:0} MB"));
        }
    }
}
