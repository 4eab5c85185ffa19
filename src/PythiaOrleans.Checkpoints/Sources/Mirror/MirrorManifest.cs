using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Sources.Mirror;

/// <summary>What a whole copy of a checkpoint holds: <c>mirrored.json</c>, written last.</summary>
/// <param name="Origin">Where it came from.</param>
/// <param name="Weights">Its weight files.</param>
internal sealed record MirrorManifest(string Origin, IReadOnlyList<WeightFile> Weights)
{
    /// <summary>What the origin's files were, where the copies are in half precision.</summary>
    public IReadOnlyList<WeightFile>? Originals { get; init; }
}
