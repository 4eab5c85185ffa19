using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints;

namespace PythiaOrleans.Silo;

/// <summary>What one shard takes on one core, from measured rates; <c>bench/</c> prints them anew.</summary>
internal static class CostModel
{
    /// <summary>Bytes of half-precision weights a second through hashing, counting and distances.</summary>
    private const double BytesPerSecond = 0.7e9;

    /// <summary>Fixed cost of a shard: opening, encoding and committing its tables.</summary>
    private const double SecondsPerShard = 0.022;

    /// <summary>The fits and quantiles of one distribution, whatever its size.</summary>
    private const double SecondsPerFit = 0.0022;

    // A block's matrices and the stream behind it are fitted twice: with and without first positions, one by one and pooled.
    private const int StreamsPerPlace = 2;

    /// <summary>float32 products of the forward pass, and float64 ones of Gram matrices and their eigenvalues.</summary>
    private const double SingleFlopsPerSecond = 60e9;
    private const double DoubleFlopsPerSecond = 40e9;

    // Forward, forward again block by block, and backward, which is two of them.
    private const double PassesOfGradients = 4;

    /// <summary>A set of singular directions, whatever its size: choosing tokens, small decompositions.</summary>
    private const double SecondsPerDirections = 0.001;

    /// <summary>Core-seconds of one shard with all analyses.</summary>
    public static TimeSpan Estimate(long bytes, ModelShape shape)
    {
        var matrices = ModelFamilies.Of(shape).Expect(shape).Where(tensor => tensor.Shape.Length == 2).Select(tensor => tensor.Shape).ToArray();
        var tokens = (double)TokenBatch.Default.Spec.Rows * Math.Min(TokenBatch.Default.Spec.Length, shape.ContextLength);
        var pass = 2 * tokens * (shape.ParameterCount - ((long)shape.VocabularyRows * shape.HiddenSize)) / SingleFlopsPerSecond;
        var fits = (2 * matrices.Length) + (StreamsPerPlace * (shape.Blocks + 2));
        return TimeSpan.FromSeconds(
            SecondsPerShard + (bytes / BytesPerSecond) + (SecondsPerFit * fits) + ((1 + PassesOfGradients) * pass) + (matrices.Sum(SpectrumFlops) / DoubleFlopsPerSecond)
            + DirectionSeconds(shape));
    }

    // Two decompositions of d x d a block, one of d_head x d_head a head, and all directions through the unembedding.
    private static double DirectionSeconds(ModelShape shape)
    {
        double d = shape.HiddenSize, sets = shape.Blocks * (2 + shape.Heads);
        var decompositions = shape.Blocks * ((2 * 25 * d * d * d) + (shape.Heads * 8 * d * shape.HeadSize * shape.HeadSize));
        var projections = sets * 2 * SvdDirections.Directions * shape.VocabularyRows * d;
        return (sets * SecondsPerDirections) + (decompositions / DoubleFlopsPerSecond) + (projections / SingleFlopsPerSecond);
    }

    private static double SpectrumFlops(long[] shape)
    {
        double rows = shape.Max(), columns = shape.Min();
        return (2 * rows * columns * columns) + (12 * columns * columns * columns);
    }
}
