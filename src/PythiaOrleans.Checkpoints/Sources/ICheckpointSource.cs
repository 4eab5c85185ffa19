using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>Where checkpoints come from: a folder, the hub, a blob container.</summary>
public interface ICheckpointSource
{
    /// <summary>What the user calls it, for messages and provenance: a path or an address without secrets.</summary>
    string Name { get; }

    /// <summary>
    /// Whether each model has a place of its own, so that access to one may be refused and to another not: repositories of the hub.
    /// </summary>
    bool HasPlacePerModel => false;

    /// <summary>What the source tells of revisions without fetching them; null where it tells nothing.</summary>
    IRevisionSource? Revisions => null;

    /// <summary>Whether the source holds the checkpoint, and how many bytes its weight files take; null where it is absent.</summary>
    ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken);

    /// <summary>
    /// Where the source looked for a checkpoint that it does not hold, and what is there instead: one sentence for a person.
    /// </summary>
    ValueTask<string> ExplainAbsenceAsync(CheckpointId checkpoint, CancellationToken cancellationToken) =>
        ValueTask.FromResult($"{Name}/{checkpoint.Path}: there are no weights.");

    /// <summary>
    /// The digest of the weights (<see cref="WeightFile.Combine"/>), where the source tells it before they are fetched; null elsewhere.
    /// </summary>
    ValueTask<string?> DigestAsync(CheckpointId checkpoint, CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

    /// <summary>
    /// A sign of the weights' bytes where no digest is promised: equal bytes have equal signs, other bytes of a trained model have others.
    /// Made from a few places of each file; null where the source is asked for digests, or does not hold the checkpoint.
    /// </summary>
    ValueTask<string?> SampleAsync(CheckpointId checkpoint, CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

    /// <summary>
    /// The checkpoints of these models that lie whole on this machine's own disk; none where the source itself is a disk, which others may
    /// share.
    /// </summary>
    IEnumerable<CheckpointId> Cached(IEnumerable<string> models) => [];

    /// <summary>Brings the checkpoint's files to this machine's disk and keeps them there until the result is disposed.</summary>
    /// <exception cref="CheckpointFormatException">The source holds something else than a checkpoint there.</exception>
    /// <exception cref="FileNotFoundException">The source has no such checkpoint.</exception>
    ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken);
}
