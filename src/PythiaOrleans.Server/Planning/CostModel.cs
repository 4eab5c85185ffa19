using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.SvdDirections;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>What one analysis of one checkpoint asks of a machine.</summary>
/// <param name="Analysis">The analysis's name.</param>
/// <param name="Bytes">Bytes of stored weights that it reads; bytes of float32 weights where it runs the model.</param>
/// <param name="SingleFlops">Floating-point operations of float32 products.</param>
/// <param name="DoubleFlops">Those of float64 products.</param>
/// <param name="Decompositions">Those of float64 decompositions.</param>
/// <param name="FixedSeconds">Core-seconds that depend on none of these: fits, choosing tokens.</param>
public sealed record AnalysisWork(string Analysis, double Bytes, double SingleFlops, double DoubleFlops, double Decompositions, double FixedSeconds);

/// <summary>What one shard takes of one core, from measured rates; <c>bench/</c> prints them anew. Processors differ: of an AMD EPYC (Zen 4) and an Intel Xeon the slower one, roughly.</summary>
public static class CostModel
{
    // Bytes a second of stored weights, on one core: SHA-256, counting, and two distances.
    private const double HashedPerSecond = 1.2e9;
    private const double CountedPerSecond = 3.3e9;
    private const double ComparedPerSecond = 4e9;

    /// <summary>What a machine gets from the hub or a container, and from a folder in the network. Not measured: a guess on the slow side, so that a checkpoint is not fetched twice for little.</summary>
    private const double FetchBytesPerSecond = 100e6;
    private const double FolderBytesPerSecond = 500e6;

    /// <summary>Fixed cost of a shard: opening, encoding and committing its tables.</summary>
    private const double SecondsPerShard = 0.022;

    // Of each matrix: looking through the counters; a distance; a decomposition, however small; the fits of a spectrum, a singular value.
    private const double SecondsPerCount = 0.5e-3;
    private const double SecondsPerDistance = 0.1e-3;
    private const double SecondsPerDecomposition = 0.15e-3;
    private const double SecondsPerSingularValue = 3e-6;

    // Fits go through distinct values, which grow slower than values and then no more.
    private const double SecondsOfSmallestFit = 0.13e-3;
    private const double FitExponent = 0.31;
    private const double SecondsOfLargestFit = 6e-3;

    // Counters of activations at one place, and of one gradient.
    private const double SecondsPerStream = 1e-3;
    private const double SecondsPerGradient = 0.4e-3;

    // Each place of the stream is looked at twice: with and without first positions.
    private const int StreamsPerPlace = 2;

    // Operations a second on one core: of a model's passes, of long products in float32 and float64, of decompositions.
    private const double PassFlopsPerSecond = 70e9;
    private const double SingleFlopsPerSecond = 120e9;
    private const double DoubleFlopsPerSecond = 40e9;
    private const double DecompositionFlopsPerSecond = 25e9;

    // Of n³: eigenvalues (4/3, mostly in matrix-vector products, which wait for memory), eigenvectors too, and of the [m, n] and [n, n] factors of a head.
    private const double Eigenvalues = 3;
    private const double Eigenvectors = 9;
    private const double Orthogonal = 4;
    private const double Singular = 20;

    // A Gram matrix by its lower triangle: of the 2mn² of the whole.
    private const double Gram = 1.2;

    /// <summary>One direction, whatever its size: choosing tokens.</summary>
    private const double SecondsPerDirection = 50e-6;

    // Two sets of 256 tokens: their order, and each channel.
    private const double SecondsOfCorrelation = 0.016;
    private const double SecondsPerCorrelatedChannel = 50e-6;

    /// <summary>Core-seconds of one shard.</summary>
    /// <param name="bytes">The size of its files.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="analyses">The names of those that are to be computed.</param>
    /// <param name="batch">The tokens of the sweep; null takes those that come with the product.</param>
    public static TimeSpan Estimate(long bytes, ModelShape shape, IEnumerable<string> analyses, BatchSpec? batch) =>
        TimeSpan.FromSeconds(SecondsPerShard + (bytes / HashedPerSecond) + Work(bytes, shape, batch).Where(work => analyses.Contains(work.Analysis)).Sum(SecondsOf));

    /// <summary>Core-seconds of one analysis.</summary>
    public static double SecondsOf(AnalysisWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var products = (work.DoubleFlops / DoubleFlopsPerSecond) + (work.Decompositions / DecompositionFlopsPerSecond);
        return work.FixedSeconds + products + work.Analysis switch
        {
            "weight-moments" => work.Bytes / CountedPerSecond,
            "weight-distance" => work.Bytes / ComparedPerSecond,
            "integrity" => work.Bytes / HashedPerSecond,
            "residual-stream" or "weight-gradients" => work.SingleFlops / PassFlopsPerSecond,
            _ => work.SingleFlops / SingleFlopsPerSecond,
        };
    }

    /// <summary>What it takes to bring a checkpoint to another machine and open it there.</summary>
    /// <param name="bytes">The size of its files.</param>
    /// <param name="isFolder">Whether they lie on a disk that machines share, rather than at the hub or in a container.</param>
    public static TimeSpan Reload(long bytes, bool isFolder) =>
        TimeSpan.FromSeconds(SecondsPerShard + (bytes / (isFolder ? FolderBytesPerSecond : FetchBytesPerSecond)) + (bytes / HashedPerSecond));

    /// <summary>Every analysis's part, as a default sweep asks for it.</summary>
    /// <param name="bytes">The size of the checkpoint's files.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="batch">The tokens of the sweep; null takes those that come with the product.</param>
    public static IReadOnlyList<AnalysisWork> Work(long bytes, ModelShape shape, BatchSpec? batch = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var parameters = ModelFamilies.For(shape).Expect(shape).Select(tensor => tensor.Shape).ToArray();
        var matrices = parameters.Where(size => size.Length == 2).ToArray();
        var spec = batch ?? TokenBatch.Default.Spec;
        var length = Math.Min(spec.Length, shape.ContextLength);
        var tokens = (double)spec.Rows * length;
        var pass = PassFlops(shape, tokens, length);
        var passes = PassMemory.KeepsGraphs(shape, spec.Rows, length) ? 3 : 4; // forward, perhaps again block by block, and backward, which is two of them
        var single = sizeof(float) * (double)shape.ParameterCount;
        var fits = matrices.Sum(size => SecondsOfFits((double)size[0] * size[1]));
        var stream = SecondsPerStream + (SecondsOfFits(tokens * shape.HiddenSize) / 2);
        return
        [
            new("weight-moments", bytes, 0, 0, 0, SecondsPerCount * matrices.Length),
            new("weight-distance", 3.0 * bytes, 0, 0, 0, SecondsPerDistance * matrices.Length), // its own, the reference and the checkpoint before
            new("weight-distribution", 0, 0, 0, 0, fits), // from the counts that the moments made
            Spectra(shape, matrices),
            Directions(shape),
            new("embedding-correlation", 0, 0, 0, 0, SecondsOfCorrelation + (SecondsPerCorrelatedChannel * shape.HiddenSize)),
            new("residual-stream", single, pass, 0, 0, stream * StreamsPerPlace * (shape.Blocks + 2)),
            new("weight-gradients", passes * single, passes * pass, 0, 0, (SecondsPerGradient * parameters.Length) + (fits / 2)),
            new("integrity", bytes, 0, 0, 0, 0),
        ];
    }

    // Of a matrix and of its pool over blocks.
    private static double SecondsOfFits(double values) => Math.Min(SecondsOfLargestFit, SecondsOfSmallestFit * Math.Pow(values, FitExponent));

    // Two operations a weight and token, but for the embedding, which is only looked up; and queries by keys, probabilities by values.
    private static double PassFlops(ModelShape shape, double tokens, int length)
    {
        double lookup = (double)shape.VocabularyRows * shape.HiddenSize, attention = 2.0 * shape.Blocks * length * shape.HiddenSize;
        return 2 * tokens * (shape.ParameterCount - lookup + attention);
    }

    // Every matrix; of a fused one only its three parts are multiplied, and all four decomposed.
    private static AnalysisWork Spectra(ModelShape shape, long[][] matrices)
    {
        double d = shape.HiddenSize, parts = 3 * shape.Blocks;
        var (products, decompositions, values) = (0.0, parts * Eigenvalues * d * d * d, parts * d);
        foreach (var size in matrices)
        {
            double rows = size.Max(), columns = size.Min();
            products += Gram * rows * columns * columns;
            decompositions += Eigenvalues * columns * columns * columns;
            values += columns;
        }

        return new("weight-spectrum", 0, 0, products, decompositions, (SecondsPerDecomposition * (matrices.Length + parts)) + (SecondsPerSingularValue * values));
    }

    // Both matrices of each MLP by their Gram matrices, each head by its factors; all directions through the unembedding.
    private static AnalysisWork Directions(ModelShape shape)
    {
        double d = shape.HiddenSize, head = shape.HeadSize, blocks = shape.Blocks;
        var mlp = 2 * Gram * shape.IntermediateSize * d * d;
        var heads = shape.Heads * ((2 * Orthogonal * d * head * head) + (Singular * head * head * head));
        var directions = blocks * ((2 * Math.Min(SvdDirectionsAnalysis.Directions, d)) + (shape.Heads * Math.Min(SvdDirectionsAnalysis.Directions, head)));
        return new(
            "svd-directions", 0, 2 * directions * shape.VocabularyRows * d, blocks * mlp, blocks * ((2 * Eigenvectors * d * d * d) + heads),
            (directions * SecondsPerDirection) + (blocks * (2 + shape.Heads) * SecondsPerDecomposition));
    }
}
