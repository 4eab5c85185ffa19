using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.ShuffledSpectrum;

/// <summary>
/// Singular values of each matrix with its entries in random order: what the distribution of its values alone would give. What the matrix
/// itself has beyond that is structure.
/// </summary>
/// <remarks>
/// One shuffle a matrix, seeded by its name, so that the same checkpoint gives the same numbers. Heavy-tailed entries make large singular
/// values in any order, which is why a Gaussian matrix is no fair comparison.
/// </remarks>
public sealed class ShuffledSpectrumAnalysis : Analysis<ShuffledSpectrumAnalysis.Row>
{
    // A random access each.
    private const double SecondsPerEntry = 50e-9;
    private const int Copies = 3;

    /// <summary>One matrix.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0; empty for components outside blocks")] int? Block,
        [property: Column("kind of weight")] string Component,
        [property: Column("weight")] string Parameter,
        [property: Column("largest singular value of the shuffled matrix")] double SpectralNorm,
        [property: Column("largest ratio of neighbouring singular values among its top ten")] double TopGap,
        [property: Column("its singular values above the edge of the bulk, as weight-spectrum's bulk_outliers counts them")]
        int BulkOutliers);

    /// <inheritdoc />
    public override bool UsesDevice => true;

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "shuffled-spectrum",
        Version = 1,
        Order = 4,
        ByDefault = false,
        Title = "Spectra of the weight matrices, shuffled",
        Question = "Which singular values come from the distribution of the weights alone?",
        Source = "Randomised matrices of Martin and Mahoney 2021, Implicit self-regularization in deep neural networks",
        Columns = [],
        Plots =
        [
            new(PlotKind.Series, "spectral_norm", "Largest singular value, entries shuffled", "largest singular value"),
            new(PlotKind.Series, "top_gap", "Largest gap among the top ten, entries shuffled", "ratio"),
            new(PlotKind.Series, "bulk_outliers", "Singular values beyond the bulk, entries shuffled", "count"),
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        var matrices = ParameterSizes.Matrices(shape);
        return new AnalysisWork
        {
            Rate = WorkRate.Products,
            DoubleFlops = DecompositionCost.GramFlops(matrices),
            Decompositions = DecompositionCost.EigenvalueFlops(matrices),
            FixedSeconds = (DecompositionCost.SecondsEach * matrices.Count)
                + matrices.Sum(size => SecondsPerEntry * size.Max() * size.Min()),
        };
    }

    /// <inheritdoc />
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device) =>
        DecompositionCost.Bytes(ParameterSizes.Matrices(shape), device);

    /// <inheritdoc />
    /// <remarks>The largest matrices in float32, as they are read, shuffled and handed over.</remarks>
    public override long HostBytes(ModelShape shape, bool offHalfGrid) => CountingMemory.Kept(shape, offHalfGrid)
        + ParameterSizes.Matrices(shape).Select(size => Copies * sizeof(float) * size.Max() * size.Min())
            .OrderDescending().Take(Environment.ProcessorCount).Sum();

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var matrices = input.Checkpoint.Matrices;
        return CoreThreads.Map(
            matrices, DecompositionCost.Share, parameter => ToRow(input, parameter), input.Threads, cancellationToken);
    }

    private static Row ToRow(AnalysisInput input, Parameter parameter)
    {
        var name = parameter.Name;
        if (input.Distribution(parameter).NonFinite > 0)
        {
            return new Row(name.Block, name.Component, name.Parameter, double.NaN, double.NaN, 0);
        }

        var (rows, columns) = (parameter.Tensor.Shape[0], parameter.Tensor.Shape[1]);
        using var weights = new LoadedWeights(input.Checkpoint, CPU);
        var shuffled = ValueOrder.Shuffle(weights[name].data<float>().ToArray(), ValueOrder.Seed(name));
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var values = SingularValues.Compute(tensor(shuffled, [rows, columns], device: input.Device.Torch));
        return new Row(
            name.Block, name.Component, name.Parameter, values[0], SpectrumColumns.TopGap(values),
            SpectrumColumns.BulkOutliers(values, rows, columns));
    }
}
