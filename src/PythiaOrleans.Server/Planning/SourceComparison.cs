using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Server.Planning;

/// <summary>A sweep's stored results against the bytes that its source serves now.</summary>
/// <param name="Changed">Results that belong to other bytes, by checkpoint and analysis.</param>
/// <param name="Mixed">Checkpoints whose results were made from different bytes, some from these and some from those.</param>
/// <param name="Unknown">Results of which nothing says what bytes they were made from: they were stored by an older version.</param>
public sealed record SourceComparison(
    IReadOnlyList<ChangedResult> Changed, IReadOnlyList<CheckpointId> Mixed, int Unknown)
{
    private const int MaxNamed = 5;

    /// <summary>What a person should know, one sentence or two each; empty where everything agrees.</summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            if (Changed.Count > 0)
            {
                var first = Changed[0];
                yield return $"{Changed.Count} results belong to other bytes than the source serves now, of "
                    + $"{Name(Changed.Select(changed => changed.Checkpoint))} (measured: {first.Measured}; served: {first.Served}). "
                    + "`pythia sweep ... --refresh` computes them again.";
            }

            if (Mixed.Count > 0)
            {
                yield return $"The results of {Name(Mixed)} were made from different bytes: some analyses measured one version of the "
                    + "files, some another. `pythia sweep ... --refresh` makes them agree.";
            }
        }
    }

    private static string Name(IEnumerable<CheckpointId> checkpoints)
    {
        CheckpointId[] all = [.. checkpoints.Distinct().Order()];
        return string.Join(", ", all.Take(MaxNamed)) + (all.Length > MaxNamed ? $" and {all.Length - MaxNamed} more checkpoints" : "");
    }
}
