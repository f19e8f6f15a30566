using Dowel.Contracts;
using Dowel.Features.Views;
using Dowel.Kernel.Access;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Features.Retrieval;

/// <summary>A feature that was asked for.</summary>
/// <param name="View">Which of the views, by place.</param>
/// <param name="Index">Which of the view's features.</param>
/// <param name="Output">Its name in the answer.</param>
internal sealed record SelectedFeature(int View, int Index, string Output);

/// <summary>What was asked for: the views, and the features in the order of the answer.</summary>
/// <param name="Views">The views, each once, with their names.</param>
/// <param name="Features">The features.</param>
internal sealed record Selection(IReadOnlyList<(Resource Resource, ViewSchema Schema)> Views, IReadOnlyList<SelectedFeature> Features);

/// <summary>Reads <c>view</c> and <c>view:feature</c>, checking that the caller may use the views.</summary>
internal sealed class FeatureReferences(IResourceService resources, ViewCatalog catalog)
{
    private const int MaxReferences = 1000;

    /// <param name="actor">Who asks.</param>
    /// <param name="references">The references.</param>
    /// <param name="taken">Column names that features may not take.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<Result<Selection>> ResolveAsync(Actor actor, IReadOnlyList<string>? references, IEnumerable<string> taken, CancellationToken cancellationToken)
    {
        if (references is null or []) return Failure.Invalid("features", null, "at least one view or view:feature");
        if (references.Count > MaxReferences) return Failure.Invalid("features", $"{references.Count} references", $"at most {MaxReferences}");
        var views = new List<(Resource Resource, ViewSchema Schema)>();
        var byReference = new Dictionary<string, int>();
        var wanted = new List<(int View, int Index)>();
        for (var i = 0; i < references.Count; i++)
        {
            if (string.IsNullOrEmpty(references[i])) return Failure.Invalid($"features[{i}]", references[i], "view or view:feature");
            var colon = references[i].LastIndexOf(':');
            var (name, feature) = colon < 0 ? (references[i], null) : (references[i][..colon], references[i][(colon + 1)..]);
            if (!byReference.TryGetValue(name, out var at))
            {
                if (!(await resources.FindAsync(actor, ResourceKind.FeatureView, name, Permission.Use, cancellationToken)).TryGet(out var resource, out var failure)) return failure;
                if (catalog.Find(resource.Id) is not { } schema) return Failure.NotFound("feature view", name);
                at = views.FindIndex(v => v.Schema.Id == schema.Id);
                if (at < 0)
                {
                    at = views.Count;
                    views.Add((resource, schema));
                }
                byReference[name] = at;
            }
            var features = views[at].Schema;
            if (feature is null)
            {
                wanted.AddRange(Enumerable.Range(0, features.Features.Count).Select(f => (at, f)));
                continue;
            }
            var index = features.IndexOf(feature);
            if (index < 0) return Failure.Invalid($"features[{i}]", references[i], $"a feature of the view '{views[at].Resource.Name}': {string.Join(", ", features.Features.Take(50).Select(f => f.Name))}");
            wanted.Add((at, index));
        }
        wanted = [.. wanted.Distinct()];
        return new Selection(views, Name(views, wanted, taken));
    }

    /// <summary>A feature is called by its own name; where two views, or the caller's own columns, have that name too, by <c>view__feature</c>, and past that by <c>project__view__feature</c>.</summary>
    private static List<SelectedFeature> Name(List<(Resource Resource, ViewSchema Schema)> views, List<(int View, int Index)> wanted, IEnumerable<string> taken)
    {
        var names = wanted.Select(w => views[w.View].Schema.Features[w.Index].Name).ToArray();
        var own = new HashSet<string>(taken, StringComparer.OrdinalIgnoreCase);
        Lengthen(i => $"{views[wanted[i].View].Resource.Name}__{names[i]}");
        Lengthen(i => $"{views[wanted[i].View].Resource.Info.Project}__{names[i]}");
        return [.. wanted.Select((w, i) => new SelectedFeature(w.View, w.Index, names[i]))];

        void Lengthen(Func<int, string> longer)
        {
            var clashing = names.Select((n, i) => (Name: n, Index: i)).GroupBy(n => n.Name, StringComparer.OrdinalIgnoreCase)
                .Where(g => g.Count() > 1 || own.Contains(g.Key)).SelectMany(g => g.Select(n => n.Index)).ToList();
            foreach (var i in clashing) names[i] = longer(i);
        }
    }
}
