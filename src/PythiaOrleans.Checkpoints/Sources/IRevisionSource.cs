using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>
/// A source that tells which files the revisions of a model hold, and reads parts of them, without fetching a checkpoint: what
/// <c>pythia census</c> needs.
/// </summary>
public interface IRevisionSource
{
    /// <summary>The revisions of a model that are there, announced or not, by step; those without a step last.</summary>
    /// <exception cref="AccessDeniedException">The place does not exist, or may not be read.</exception>
    /// <exception cref="SourceUnavailableException">The source does not answer.</exception>
    Task<IReadOnlyList<ModelRevision>> ListRevisionsAsync(ModelEntry model, CancellationToken cancellationToken);

    /// <summary>The files of a revision, in the order of their names; null where the revision is gone.</summary>
    /// <exception cref="AccessDeniedException">The place does not exist, or may not be read.</exception>
    /// <exception cref="SourceUnavailableException">The source does not answer.</exception>
    Task<IReadOnlyList<RevisionFile>?> ListFilesAsync(ModelEntry model, ModelRevision revision, CancellationToken cancellationToken);

    /// <summary>Bytes of one file from <paramref name="start"/> on; fewer at its end.</summary>
    /// <exception cref="IOException">The source does not give ranges, or the file is gone.</exception>
    Task<byte[]> ReadRangeAsync(
        ModelEntry model, ModelRevision revision, string file, long start, int count, CancellationToken cancellationToken);
}
