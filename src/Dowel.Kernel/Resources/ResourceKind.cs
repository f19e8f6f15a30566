using System.Security.Cryptography;

namespace Dowel.Kernel.Resources;

/// <summary>A kind of named thing that a project owns.</summary>
/// <param name="Name">Its name, as in the API: <c>dataset</c>.</param>
/// <param name="Prefix">What its ids begin with.</param>
/// <param name="RouteParameter">The route value that names one.</param>
/// <param name="GlobalName">Whether names are unique on the server rather than in the project.</param>
/// <param name="FreeName">Whether names may hold '/' and be up to 500 characters long, as MLflow's clients name experiments and models after paths and tables.</param>
public sealed record ResourceKind(string Name, string Prefix, string RouteParameter, bool GlobalName = false, bool FreeName = false)
{
    /// <summary>A table of the catalog.</summary>
    public static readonly ResourceKind Dataset = new("dataset", "ds", "dataset");
    /// <summary>A feature view.</summary>
    public static readonly ResourceKind FeatureView = new("feature_view", "fv", "view");
    /// <summary>An experiment.</summary>
    public static readonly ResourceKind Experiment = new("experiment", "exp", "experiment", FreeName: true);
    /// <summary>A registered model.</summary>
    public static readonly ResourceKind Model = new("model", "mod", "model", FreeName: true);
    /// <summary>An endpoint. Its name is part of a URL that carries no project, so it is unique on the server.</summary>
    public static readonly ResourceKind Endpoint = new("endpoint", "ep", "endpoint", GlobalName: true);

    /// <summary>The kind of that name; the names come from our own rows.</summary>
    internal static ResourceKind Of(string name) => new[] { Dataset, FeatureView, Experiment, Model, Endpoint }.First(k => k.Name == name);

    /// <summary>A new id: the prefix and a time-ordered UUID (version 7).</summary>
    public string NewId() => Ids.New(Prefix);
}

/// <summary>Ids: a prefix that tells the kind, and a time-ordered UUID (RFC 9562, version 7) in hexadecimal.</summary>
public static class Ids
{
    [ThreadStatic]
    private static RandomBytes? _random;

    /// <summary>A new id.</summary>
    public static string New(string prefix) => $"{prefix}_{Guid.CreateVersion7():n}";

    /// <summary>A UUID of version 7 (RFC 9562) for a time, as <see cref="Guid.CreateVersion7()"/> makes them, but without a call to the operating system for each: for the hot path.</summary>
    /// <param name="unixMilliseconds">The time.</param>
    public static Guid Version7(long unixMilliseconds)
    {
        Span<byte> bytes = stackalloc byte[16];
        (_random ??= new()).Take(bytes[6..]);
        for (var i = 0; i < 6; i++) bytes[i] = (byte)(unixMilliseconds >> (40 - (8 * i)));
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x70);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Random bytes of the operating system's generator, taken in larger pieces.</summary>
    private sealed class RandomBytes
    {
        private readonly byte[] _bytes = new byte[4096];
        private int _at = 4096;

        public void Take(Span<byte> bytes)
        {
            if (_at + bytes.Length > _bytes.Length)
            {
                RandomNumberGenerator.Fill(_bytes);
                _at = 0;
            }
            _bytes.AsSpan(_at, bytes.Length).CopyTo(bytes);
            _bytes.AsSpan(_at, bytes.Length).Clear();
            _at += bytes.Length;
        }
    }
}
