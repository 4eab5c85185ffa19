using BenchmarkDotNet.Attributes;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Bench;

/// <summary>The kernels under the weight analyses, on the embedding of pythia-160m (38.6 million values).</summary>
public class KernelBenchmarks
{
    private RandomCheckpoint _files = null!;
    private Checkpoint _checkpoint = null!;
    private Checkpoint _reference = null!;
    private StoredTensor _embedding = null!;
    private StoredTensor _start = null!;
    private ExactDistribution _distribution = null!;

    /// <summary>Writes and maps two checkpoints.</summary>
    [GlobalSetup]
    public void Open()
    {
        _files = new RandomCheckpoint(ModelCatalog.Default.Find("pythia-160m"), 0, 1000);
        _checkpoint = _files.Open(1000);
        _reference = _files.Open(0);
        var name = new WeightName(Components.EmbedIn, null, "weight");
        (_embedding, _start) = (_checkpoint[name].Tensor, _reference[name].Tensor);
        _distribution = PatternCounter.Count(_embedding);
    }

    /// <summary>Unmaps and deletes them.</summary>
    [GlobalCleanup]
    public void Close()
    {
        _checkpoint.Dispose();
        _reference.Dispose();
        _files.Dispose();
    }

    /// <summary>Counting bit patterns.</summary>
    [Benchmark]
    public long Count() => PatternCounter.Count(_embedding).Count;

    /// <summary>Squared distance, products and spacings of two tensors.</summary>
    [Benchmark]
    public double Distance() => PairSums.Compute(_embedding, _start, _distribution).SquaredDistance;

    /// <summary>Moments from the counts.</summary>
    [Benchmark]
    public double MomentsFromCounts() => Moments.Compute(_distribution).Variance;

    /// <summary>The fit of Student's t from the counts.</summary>
    [Benchmark]
    public double StudentFromCounts() =>
        StudentTDistribution.Fit(WeightedSample.Standardise(_distribution, 0, 0.02), DistributionGeometry.Grid)!.Shape;

    /// <summary>Opening a checkpoint: mapping and header, no value is read.</summary>
    [Benchmark]
    public int OpenCheckpoint()
    {
        using var checkpoint = _files.Open(1000);
        return checkpoint.Parameters.Count;
    }
}
