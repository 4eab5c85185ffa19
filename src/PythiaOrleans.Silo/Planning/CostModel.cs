using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;

namespace PythiaOrleans.Silo;

/// <summary>What one analysis of one checkpoint asks of a machine.</summary>
/// <param name="Analysis">The analysis's name.</param>
/// <param name="Bytes">Bytes of stored weights that it reads; bytes of float32 weights where it runs the model.</param>
/// <param name="SingleFlops">Floating-point operations of float32 products.</param>
/// <param name="DoubleFlops">Those of float64 products and decompositions.</param>
/// <param name="FixedSeconds">Core-seconds that depend on neither: fits, choosing tokens.</param>
public sealed record AnalysisWork(string Analysis, double Bytes, double SingleFlops, double DoubleFlops, double FixedSeconds);

/// <summary>What one shard takes, from measured rates; <c>bench/</c> prints them anew.</summary>
public static class CostModel
{
    /// <summary>Bytes a second of stored weights through hashing, counting and distances, on one core.</summary>
    private const double BytesPerSecond = 3.5e9;

    /// <summary>What a machine gets from the hub or a container, and from a folder in the network. Not measured: a guess on the slow side, so that a checkpoint is not fetched twice for little.</summary>
    private const double FetchBytesPerSecond = 100e6;
    private const double FolderBytesPerSecond = 500e6;

    /// <summary>Fixed cost of a shard: opening, encoding and committing its tables.</summary>
    private const double SecondsPerShard = 0.022;

    /// <summary>The fits and quantiles of one distribution, whatever its size.</summary>
    private const double SecondsPerFit = 0.0022;

    // A block's matrices and the stream behind it are fitted twice: with and without first positions, one by one and pooled.
    private const int StreamsPerPlace = 2;

    /// <summary>float32 products of the forward pass, and float64 ones of Gram matrices and their eigenvalues, on one core.</summary>
    private const double SingleFlopsPerSecond = 60e9;
    private const double DoubleFlopsPerSecond = 40e9;

    // Forward, forward again block by block, and backward, which is two of them.
    private const double PassesOfGradients = 4;

    /// <summary>A set of singular directions, whatever its size: choosing tokens, small decompositions.</summary>
    private const double SecondsPerDirections = 0.001;

    private const double CorrelatedTokens = 256;

    /// <summary>Core-seconds of one shard with all analyses.</summary>
    /// <param name="bytes">The size of its files.</param>
    /// <param name="shape">The model's shape.</param>
    public static TimeSpan Estimate(long bytes, ModelShape shape) => TimeSpan.FromSeconds(SecondsPerShard + Work(bytes, shape).Sum(SecondsOf));

    /// <summary>Core-seconds of one analysis.</summary>
    public static double SecondsOf(AnalysisWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return work.FixedSeconds + (work.SingleFlops / SingleFlopsPerSecond) + (work.DoubleFlops / DoubleFlopsPerSecond) + (RunsTheModel(work) ? 0 : work.Bytes / BytesPerSecond);
    }

    /// <summary>What it takes to bring a checkpoint to another machine and open it there.</summary>
    /// <param name="bytes">The size of its files.</param>
    /// <param name="isFolder">Whether they lie on a disk that machines share, rather than at the hub or in a container.</param>
    public static TimeSpan Reload(long bytes, bool isFolder) =>
        TimeSpan.FromSeconds(SecondsPerShard + (bytes / (isFolder ? FolderBytesPerSecond : FetchBytesPerSecond)) + (bytes / BytesPerSecond));

    /// <summary>Every analysis's part, as a default sweep asks for it.</summary>
    /// <param name="bytes">The size of the checkpoint's files.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="batch">The tokens of the sweep; null takes those that come with the product.</param>
    public static IReadOnlyList<AnalysisWork> Work(long bytes, ModelShape shape, BatchSpec? batch = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var matrices = ModelFamilies.Of(shape).Expect(shape).Where(tensor => tensor.Shape.Length == 2).Select(tensor => tensor.Shape).ToArray();
        var spec = batch ?? TokenBatch.Default.Spec;
        var tokens = (double)spec.Rows * Math.Min(spec.Length, shape.ContextLength);
        var pass = 2 * tokens * (shape.ParameterCount - ((long)shape.VocabularyRows * shape.HiddenSize));
        var single = sizeof(float) * (double)shape.ParameterCount;
        var (decompositions, projections, sets) = Directions(shape);
        return
        [
            new("weight-moments", bytes, 0, 0, 0),
            new("weight-distance", 3.0 * bytes, 0, 0, 0), // its own, the reference and the checkpoint before
            new("weight-distribution", 0, 0, 0, SecondsPerFit * 2 * matrices.Length), // from the counts that the moments made
            new("weight-spectrum", 0, 0, matrices.Sum(SpectrumFlops), 0),
            new("svd-directions", 0, projections, decompositions, sets * SecondsPerDirections),
            new("embedding-correlation", 0, 0, 2 * CorrelatedTokens * CorrelatedTokens * shape.HiddenSize, 0),
            new("residual-stream", single, pass, 0, SecondsPerFit * StreamsPerPlace * (shape.Blocks + 2)),
            new("weight-gradients", PassesOfGradients * single, PassesOfGradients * pass, 0, 0),
            new("integrity", bytes, 0, 0, 0),
        ];
    }

    private static bool RunsTheModel(AnalysisWork work) => work.Analysis is "residual-stream" or "weight-gradients";

    // Two decompositions of d x d a block, one of d_head x d_head a head, and all directions through the unembedding.
    private static (double Decompositions, double Projections, double Sets) Directions(ModelShape shape)
    {
        double d = shape.HiddenSize, sets = shape.Blocks * (2 + shape.Heads);
        var decompositions = shape.Blocks * ((2 * 25 * d * d * d) + (shape.Heads * 8 * d * shape.HeadSize * shape.HeadSize));
        return (decompositions, sets * 2 * SvdDirections.Directions * shape.VocabularyRows * d, sets);
    }

    private static double SpectrumFlops(long[] shape)
    {
        double rows = shape.Max(), columns = shape.Min();
        return (2 * rows * columns * columns) + (12 * columns * columns * columns);
    }
}
