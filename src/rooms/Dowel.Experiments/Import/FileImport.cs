using Dowel.Contracts;
using Dowel.Experiments.Artifacts;
using Dowel.Kernel.Imports;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Import;

/// <summary>Takes in the files of imported runs and logged models. What the project has already is not sent again.</summary>
internal sealed class FileImport(IDb db, ArtifactService artifacts, IResourceService resources)
{
    /// <summary>
    /// Says which files are to be sent. A content that a run or model of the same project has becomes the new file at once; one that only other projects have is sent all the same,
    /// for whoever knows a hash must not get by it what they may not see.
    /// </summary>
    public async Task<Result<ImportFilesState>> CheckAsync(ImportScope scope, ImportFiles batch, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? ImportRules.CheckCount("files", batch.Files.Count) ?? batch.Files.Select(Check).FirstOrDefault(f => f is not null)) is { } wrong) return wrong;
        if (!(await ExperimentsAsync(scope, [.. batch.Files.Select(f => f.Owner).Distinct()], cancellationToken)).TryGet(out var experiments, out var failure)) return failure;
        return await db.WriteAsync<ImportFilesState>(async s =>
        {
            var there = (await s.QueryAsync<FileRow>("SELECT owner_id, path, hash FROM experiments_artifacts WHERE owner_id IN @owners", new { owners = experiments.Keys.ToArray() })).ToDictionary(f => (f.OwnerId, f.Path), f => f.Hash);
            var inProject = await InProjectAsync(s, scope, [.. batch.Files.Where(f => there.GetValueOrDefault((f.Owner, f.Path)) != f.Hash).Select(f => f.Hash).Distinct()]);
            var states = new List<ImportFileState>(batch.Files.Count);
            foreach (var file in batch.Files)
            {
                if (ArtifactPaths.Check("path", file.Path) is { } bad) states.Add(new(ImportFileAnswer.Refused, bad.Detail));
                else if (there.GetValueOrDefault((file.Owner, file.Path)) == file.Hash) states.Add(new(ImportFileAnswer.Present));
                else if (!inProject.TryGetValue(file.Hash, out var bytes)) states.Add(new(ImportFileAnswer.Missing));
                else if ((await artifacts.RecordAsync(s, scope.Actor, experiments[file.Owner], file.Owner, file.Path, new StoredObject(file.Hash, bytes))).Failure is { } refused) states.Add(new(ImportFileAnswer.Refused, refused.Detail));
                else states.Add(new(ImportFileAnswer.Linked));
            }
            return new ImportFilesState { Files = states };
        }, cancellationToken);
    }

    public async Task<Result<ArtifactInfo>> PutAsync(ImportScope scope, string owner, string path, Stream content, long? length, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? CheckOwner(owner)) is { } wrong) return wrong;
        return (await ExperimentsAsync(scope, [owner], cancellationToken)).TryGet(out var experiments, out var failure)
            ? await artifacts.PutAsync(scope.Actor, experiments[owner], owner, path, content, length, cancellationToken)
            : failure;
    }

    /// <summary>The experiments of runs and models that came from the source, by their ids.</summary>
    private async Task<Result<Dictionary<string, Resource>>> ExperimentsAsync(ImportScope scope, string[] owners, CancellationToken cancellationToken)
    {
        var ids = await db.ReadAsync(async s =>
        {
            var found = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var kind in owners.GroupBy(ImportMap.ArtifactKind))
                foreach (var row in (await ImportMap.FindAsync(s, scope, kind.Key, [.. kind])).Values)
                    if (row.ExperimentId is { } experiment) found[row.SourceId] = experiment;
            return found;
        }, cancellationToken);
        if (owners.FirstOrDefault(o => !ids.ContainsKey(o)) is { } unknown) return Failure.NotFound("imported run or logged model", unknown);
        var resourcesById = new Dictionary<string, Resource>(StringComparer.Ordinal);
        foreach (var id in ids.Values.Distinct())
        {
            if (!(await resources.FindByIdAsync(scope.Actor, id, Permission.Edit, cancellationToken)).TryGet(out var experiment, out var failure)) return failure;
            resourcesById[id] = experiment;
        }
        return ids.ToDictionary(o => o.Key, o => resourcesById[o.Value], StringComparer.Ordinal);
    }

    private static async Task<Dictionary<string, long>> InProjectAsync(DbSession session, ImportScope scope, string[] hashes)
    {
        if (hashes.Length == 0) return [];
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var owners in (string[])["experiments_runs", "experiments_models"])
            foreach (var row in await session.QueryAsync<FileRow>($"""
                SELECT DISTINCT a.hash, a.bytes FROM experiments_artifacts a JOIN {owners} o ON o.id = a.owner_id JOIN experiments_experiments e ON e.no = o.experiment_no JOIN kernel_resources r ON r.id = e.id
                WHERE a.hash IN @hashes AND r.project_id = @ProjectId
                """, new { hashes, scope.ProjectId })) found[row.Hash] = row.Bytes;
        return found;
    }

    private static Failure? Check(ImportFile file)
        => CheckOwner(file.Owner) ?? (file.Hash.Length == 64 && file.Hash.All(char.IsAsciiHexDigitLower) ? null : Failure.Invalid("hash", file.Hash, "64 hexadecimal digits in lower case"));

    private static Failure? CheckOwner(string owner) => ImportRules.CheckId("owner", owner, LoggedModels.LoggedModelIds.IsModel(owner));

    private sealed class FileRow
    {
        public string OwnerId { get; set; } = "";
        public string Path { get; set; } = "";
        public string Hash { get; set; } = "";
        public long Bytes { get; set; }
    }
}
