using System.Globalization;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>Brings registered models to the server, once the runs that they came from are there.</summary>
internal sealed class RegistryJob(MlflowImport server, ImportTally tally, ImportProgress progress)
{
    private const int VersionsAtOnce = 100;

    public async Task SendAsync(IReadOnlyList<FoundModel> models, CancellationToken cancellationToken)
    {
        progress.Begin(ImportParts.Models, models.Count);
        foreach (var model in models)
        {
            try
            {
                await SendAsync(model, cancellationToken);
            }
            catch (DowelException e) when (e.Status is 400 or 409)
            {
                tally.Refuse(tally.Models, $"registered model '{model.Spec.Name}': {e.Message}");
            }
            progress.Add(ImportParts.Models, 1);
        }
    }

    private async Task SendAsync(FoundModel model, CancellationToken cancellationToken)
    {
        var there = await server.ModelAsync(model.Spec, cancellationToken);
        if (there.Outcome == ImportOutcome.Unchanged) tally.Models.Present++;
        else tally.Models.Imported++;
        var missing = model.Versions.Where(v => there.Versions.GetValueOrDefault(v.Number.ToString(CultureInfo.InvariantCulture)) != v.Version).ToList();
        tally.ModelVersions.Present += model.Versions.Count - missing.Count;
        foreach (var part in missing.Chunk(VersionsAtOnce))
        {
            var result = await server.ModelVersionsAsync(model.Spec.Name, part, cancellationToken);
            tally.ModelVersions.Imported += result.Written;
            tally.Skip(result.Skipped);
        }
        var closed = await server.AliasesAsync(new ImportAliases { Model = model.Spec.Name, Aliases = model.Aliases, UpdatedAt = model.UpdatedAt }, cancellationToken);
        tally.Aliases.Imported += closed.Written;
        tally.Aliases.Present += Math.Max(0, model.Aliases.Count - closed.Written - closed.Skipped.Count);
        tally.Skip(closed.Skipped);
    }
}
