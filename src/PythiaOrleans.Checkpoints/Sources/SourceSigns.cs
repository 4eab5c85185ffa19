using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>What tells cheaply which bytes a source serves for a checkpoint.</summary>
public static class SourceSigns
{
    private const string Digest = "sha256 ";
    private const string Sample = "compared at 16 places of each file, sample ";
    private const int SampleDigits = 16;

    /// <summary>
    /// The promised digest of the weights, else a sample of a few places of their files; null where the source tells neither, or does not
    /// hold the checkpoint. Equal signs mean equal bytes, as far as a sample can tell.
    /// </summary>
    public static async Task<string?> SignAsync(
        this ICheckpointSource source, CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        return await source.DigestAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { } digest
            ? Digest + digest
            : await source.SampleAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { } sample
                ? Sample + sample[..SampleDigits]
                : null;
    }

    /// <summary>Whether two signs are of different bytes. Signs of two kinds cannot be compared, and say nothing.</summary>
    public static bool Differ(string one, string other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return one != other
            && one.StartsWith(Digest, StringComparison.Ordinal) == other.StartsWith(Digest, StringComparison.Ordinal);
    }
}
