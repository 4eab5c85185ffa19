using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Server.Execution;

/// <summary>
/// A result exists already with other bytes than were computed now. The first one stays, and an operator should find out why.
/// </summary>
/// <param name="key">The key that has two values.</param>
public sealed class DeterminismException(ResultKey key)
    : Exception(
        $"{key.Path}: expected the bytes that are stored, found others when it was computed again. "
        + "The stored result was kept. Either the checkpoint's files changed (compare checkpoint_digest in its metadata) or another build "
        + "wrote it; "
        + "delete the stored file to measure again.");
