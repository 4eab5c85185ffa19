using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>
/// What one shard takes of one core: the work that each analysis says of itself, at measured rates; <c>bench/</c> prints them again.
/// </summary>
/// <remarks>The rates are those of one machine; <paramref name="speed"/> says how fast another one is.</remarks>
/// <param name="speed">Of the machine that is to compute.</param>
public sealed class CostModel(MachineSpeed speed)
{
    /// <summary>For what has to come out alike on every machine, and needs ratios only: how shards are divided.</summary>
    public static CostModel OfReference { get; } = new(MachineSpeed.Reference);

    /// <summary>For what a user is told. The first call measures the machine, which takes half a second.</summary>
    public static CostModel OfThisMachine => new(MachineSpeed.Here);

    // Bytes of stored weights in a second on one core: SHA-256, counting, and two distances.
    private const double HashedPerSecond = 1.2e9;
    private const double CountedPerSecond = 3.3e9;
    private const double ComparedPerSecond = 4e9;

    // What a machine gets from the hub or a container, and from a folder in the network.
    // Not measured: a guess on the slow side, so that a checkpoint is not fetched twice for little.
    private const double FetchBytesPerSecond = 100e6;
    private const double FolderBytesPerSecond = 500e6;

    /// <summary>Fixed cost of a shard: opening, encoding and committing its tables.</summary>
    private const double SecondsPerShard = 0.035;

    // Operations in a second on one core: of a model's passes, of long products in float32 and float64, of decompositions.
    private const double PassFlopsPerSecond = 115e9;
    private const double SingleFlopsPerSecond = 120e9;
    private const double DoubleFlopsPerSecond = 40e9;
    private const double DecompositionFlopsPerSecond = 25e9;

    /// <summary>Core-seconds of one shard.</summary>
    /// <param name="bytes">The size of its files.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="analyses">Those that are to be computed.</param>
    /// <param name="batch">The tokens of the sweep; null takes those that come with the product.</param>
    public TimeSpan Estimate(long bytes, ModelShape shape, IEnumerable<IAnalysis> analyses, BatchSpec? batch) =>
        TimeSpan.FromSeconds(
        (SecondsPerShard / speed.Scalar) + HashingSeconds(bytes)
            + SecondsTogether([.. analyses.Select(analysis => analysis.Estimate(shape, batch ?? TokenBatch.Default.Spec, bytes))]));

    /// <summary>Core-seconds of one analysis.</summary>
    public double SecondsOf(AnalysisWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var flopsPerSecond = work.Rate == WorkRate.ModelPasses ? PassFlopsPerSecond : SingleFlopsPerSecond;
        var products = (work.SingleFlops / flopsPerSecond) + (work.DoubleFlops / DoubleFlopsPerSecond)
            + (work.Decompositions / DecompositionFlopsPerSecond);
        var bytes = work.Rate switch
        {
            WorkRate.Counting => work.Bytes / CountedPerSecond / speed.Counting,
            WorkRate.Comparing => work.Bytes / ComparedPerSecond / speed.Products,
            WorkRate.Hashing => HashingSeconds(work.Bytes),
            _ => 0,
        };
        return (work.FixedSeconds / speed.Scalar) + (products / speed.Products) + bytes;
    }

    // One pass serves all analyses that observe it.
    private double SecondsTogether(IReadOnlyCollection<AnalysisWork> works)
    {
        double[] passes =
        [
            .. works.Select(work => (work.PassFlops / PassFlopsPerSecond / speed.Products) + (work.PassSeconds / speed.Scalar)),
        ];
        return works.Sum(SecondsOf) - (passes.Sum() - passes.DefaultIfEmpty(0).Max());
    }

    /// <summary>What it takes to bring a checkpoint to another machine and open it there.</summary>
    /// <param name="bytes">The size of its files.</param>
    /// <param name="isFolder">Whether they lie on a disk that machines share, rather than at the hub or in a container.</param>
    public TimeSpan Reload(long bytes, bool isFolder) =>
        TimeSpan.FromSeconds((SecondsPerShard / speed.Scalar) + (bytes / (isFolder ? FolderBytesPerSecond : FetchBytesPerSecond))
            + HashingSeconds(bytes));

    private double HashingSeconds(double bytes) => bytes / HashedPerSecond / speed.Hashing;

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
