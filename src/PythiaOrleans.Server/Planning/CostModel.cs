using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>
/// What one shard takes of one core: the work that each analysis says of itself, at measured rates; <c>bench/</c> prints them again.
/// </summary>
/// <remarks>Processors differ: of an AMD EPYC (Zen 4) and an Intel Xeon the slower one, roughly.</remarks>
public static class CostModel
{
    // Bytes of stored weights in a second on one core: SHA-256, counting, and two distances.
    private const double HashedPerSecond = 1.2e9;
    private const double CountedPerSecond = 3.3e9;
    private const double ComparedPerSecond = 4e9;

    // What a machine gets from the hub or a container, and from a folder in the network.
    // Not measured: a guess on the slow side, so that a checkpoint is not fetched twice for little.
    private const double FetchBytesPerSecond = 100e6;
    private const double FolderBytesPerSecond = 500e6;

    /// <summary>Fixed cost of a shard: opening, encoding and committing its tables.</summary>
    private const double SecondsPerShard = 0.022;

    // Operations in a second on one core: of a model's passes, of long products in float32 and float64, of decompositions.
    private const double PassFlopsPerSecond = 70e9;
    private const double SingleFlopsPerSecond = 120e9;
    private const double DoubleFlopsPerSecond = 40e9;
    private const double DecompositionFlopsPerSecond = 25e9;

    /// <summary>Core-seconds of one shard.</summary>
    /// <param name="bytes">The size of its files.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="analyses">Those that are to be computed.</param>
    /// <param name="batch">The tokens of the sweep; null takes those that come with the product.</param>
    public static TimeSpan Estimate(long bytes, ModelShape shape, IEnumerable<IAnalysis> analyses, BatchSpec? batch) =>
        TimeSpan.FromSeconds(
        SecondsPerShard + (bytes / HashedPerSecond)
            + SecondsTogether([.. analyses.Select(analysis => analysis.Estimate(shape, batch ?? TokenBatch.Default.Spec, bytes))]));

    /// <summary>Core-seconds of one analysis.</summary>
    public static double SecondsOf(AnalysisWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var products = (work.DoubleFlops / DoubleFlopsPerSecond) + (work.Decompositions / DecompositionFlopsPerSecond);
        return work.FixedSeconds + products + work.Rate switch
        {
            WorkRate.Counting => (work.Bytes / CountedPerSecond) + (work.SingleFlops / SingleFlopsPerSecond),
            WorkRate.Comparing => (work.Bytes / ComparedPerSecond) + (work.SingleFlops / SingleFlopsPerSecond),
            WorkRate.Hashing => (work.Bytes / HashedPerSecond) + (work.SingleFlops / SingleFlopsPerSecond),
            WorkRate.ModelPasses => work.SingleFlops / PassFlopsPerSecond,
            _ => work.SingleFlops / SingleFlopsPerSecond,
        };
    }

    // One pass serves all analyses that observe it.
    private static double SecondsTogether(IReadOnlyCollection<AnalysisWork> works)
    {
        var passes = works.Select(work => work.PassFlops).ToArray();
        return works.Sum(SecondsOf) - ((passes.Sum() - passes.DefaultIfEmpty(0).Max()) / PassFlopsPerSecond);
    }

    /// <summary>What it takes to bring a checkpoint to another machine and open it there.</summary>
    /// <param name="bytes">The size of its files.</param>
    /// <param name="isFolder">Whether they lie on a disk that machines share, rather than at the hub or in a container.</param>
    public static TimeSpan Reload(long bytes, bool isFolder) =>
        TimeSpan.FromSeconds(SecondsPerShard + (bytes / (isFolder ? FolderBytesPerSecond : FetchBytesPerSecond))
            + (bytes / HashedPerSecond));

    /// <summary>The part of each analysis, by its name.</summary>
    /// <param name="analyses">Which ones.</param>
    /// <param name="bytes">The size of the checkpoint's files.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="batch">The tokens of the sweep; null takes those that come with the product.</param>
    public static IReadOnlyDictionary<string, AnalysisWork> Work(IEnumerable<IAnalysis> analyses, long bytes, ModelShape shape,
        BatchSpec? batch = null) =>
        analyses.ToDictionary(
            analysis => analysis.Description.Name,
            analysis => analysis.Estimate(shape, batch ?? TokenBatch.Default.Spec, bytes),
            StringComparer.Ordinal);
}
