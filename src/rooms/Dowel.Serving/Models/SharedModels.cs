using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Models;

/// <summary>Models that run in this process, each version loaded once for all deployments that run it and let go of with the last of them.</summary>
internal sealed class SharedModels
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _models = [];

    /// <summary>The loaded model of a key, by <paramref name="load"/> where nobody has it; dispose of what comes back.</summary>
    public async Task<ILoadedModel> GetAsync(string key, Func<Task<ILoadedModel>> load)
    {
        Entry? entry;
        lock (_lock)
        {
            if (!_models.TryGetValue(key, out entry)) _models.Add(key, entry = new Entry(new Lazy<Task<ILoadedModel>>(load)));
            entry.Users++;
        }
        try
        {
            return new Shared(this, key, entry, await entry.Model.Value);
        }
        catch
        {
            Leave(key, entry);
            throw;
        }
    }

    /// <summary>Whether this was the last user.</summary>
    private bool Leave(string key, Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Users > 0) return false;
            if (_models.GetValueOrDefault(key) == entry) _models.Remove(key);
            return true;
        }
    }

    private sealed class Entry(Lazy<Task<ILoadedModel>> model)
    {
        public Lazy<Task<ILoadedModel>> Model { get; } = model;
        public int Users { get; set; }
    }

    private sealed class Shared(SharedModels owner, string key, Entry entry, ILoadedModel model) : ILoadedModel
    {
        private int _disposed;

        public ModelSignature Signature => model.Signature;

        public bool IsAvailable => model.IsAvailable;

        public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken) => model.PredictAsync(inputs, cancellationToken);

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 && owner.Leave(key, entry) ? model.DisposeAsync() : ValueTask.CompletedTask;
    }
}
