using System.Globalization;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.WeightDistance;

/// <summary>How far have the weights moved from where they started?</summary>
/// <remarks>
/// <code>
/// distance = ‖W_t − W_0‖,  relative = distance / ‖W_0‖,  cosine = ⟨W_t, W_0⟩ / (‖W_t‖ ‖W_0‖),  retained = ⟨W_t, W_0⟩ / ‖W_0‖²
/// rounding_floor = √(Σ (u(w_t)² + u(w_0)²) / 12)
/// </code>
/// u(w) is the spacing of half-precision numbers at w: independent rounding of both checkpoints gives each difference that variance.
/// Squared differences are summed in float64 and never expanded into norms. Pairs with a value that is not finite are left out and counted.
/// </remarks>
public sealed class WeightDistanceAnalysis(AnalysisSettings settings) : Analysis<WeightDistanceAnalysis.Row>
{
    // Its own, the reference and the checkpoint before.
    private const double CheckpointsRead = 3;

    // A distance, however small the matrix.
    private const double SecondsPerMatrix = 0.1e-3;

    /// <summary>One parameter's distance.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0; empty outside blocks")] int? Block,
        [property: Column("kind of weight")] string Component,
        [property: Column("weight or bias")] string Parameter,
        [property: Column("step of the reference checkpoint", Unit = "steps")] int ReferenceStep,
        [property: Column("Euclidean distance from the reference")] double Distance,
        [property: Column("distance over the reference's norm; NaN or infinite where that is 0")] double RelativeDistance,
        [property: Column("squared distance, as the post plotted it")] double SquaredDistance,
        [property: Column("cosine with the reference; NaN where one of them is 0")] double Cosine,
        [property: Column("share of the reference that is left, <W_t, W_0> / |W_0|^2; NaN where the reference is 0")] double Retained,
        [property: Column("distance that rounding to half precision alone explains")] double RoundingFloor,
        [property: Column("pairs left out because a value is not finite")] long LeftOut,
        [property: Column("step of the previous checkpoint; empty where there is none", Unit = "steps")] int? PreviousStep,
        [property: Column("Euclidean distance from the previous checkpoint; empty where there is none")] double? PreviousDistance);

    /// <inheritdoc />
    public override RequiredCheckpoints RequiredCheckpoints =>
        settings.Stride is null ? RequiredCheckpoints.Reference : RequiredCheckpoints.Reference | RequiredCheckpoints.Previous;

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "weight-distance",
        Version = 1,
        Order = 2,
        Title = "Distance from the reference checkpoint",
        Question = "How far have the weights moved from where they started?",
        Reading = "Distances say how far each matrix has moved from where it started; a steep stretch is fast learning, "
            + "a flat one is rest. Where distance and norm rise together the weights grow in the direction they "
            + "started in; a cosine near 0 means that little of the start is left.",
        Source = "Basic facts about language models during training (Conjecture, 2023), distance from initialization",
        Columns = [],
        Parameters = new Dictionary<string, string>
        {
            ["reference_step"] = settings.ReferenceStep.ToString(CultureInfo.InvariantCulture),
            ["stride"] = settings.Stride?.ToString(CultureInfo.InvariantCulture) ?? "none",
        },
        Plots =
        [
            new(PlotKind.Series, "distance", "Distance from the reference", "Euclidean distance"),
            new(PlotKind.Series, "relative_distance", "Relative distance", "distance / norm of the reference"),
            new(PlotKind.Series, "cosine", "Cosine with the reference", "cosine"),
            new(PlotKind.Series, "previous_distance", "Distance from the previous checkpoint", "Euclidean distance", Logarithmic: true),
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) => new()
    {
        Rate = WorkRate.Comparing,
        Bytes = CheckpointsRead * bytes,
        FixedSeconds = SecondsPerMatrix * ParameterSizes.Matrices(shape).Count,
    };

    /// <inheritdoc />
    public override long HostBytes(ModelShape shape, bool offHalfGrid) => CountingMemory.Kept(shape, offHalfGrid);

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var reference = input.Reference
            ?? throw new InvalidOperationException(
                $"Checkpoint {input.Checkpoint.Id}: weight-distance needs its reference checkpoint, step {settings.ReferenceStep}.");
        return CoreThreads.MapOnHost(input.Checkpoint.Parameters, parameter => parameter.Tensor.Count,
            parameter => RowOf(input, reference, parameter), cancellationToken);
    }

    private static Row RowOf(AnalysisInput input, Checkpoint reference, Parameter parameter)
    {
        var sums = PairSums.Compute(parameter.Tensor, reference[parameter.Name].Tensor, input.Distribution(parameter));
        var previous = input.Previous is { } before
            ? PairSums.SquaredDistanceOf(parameter.Tensor, before[parameter.Name].Tensor)
            : default(double?);
        return ToRow(parameter.Name, reference.Id.Step, sums, input.Previous?.Id.Step, previous);
    }

    private static Row ToRow(WeightName name, int referenceStep, PairSums sums, int? previousStep, double? previous)
    {
        var distance = Math.Sqrt(sums.SquaredDistance);
        var referenceNorm = Math.Sqrt(sums.SecondSquares);
        return new Row(
            name.Block,
            name.Component,
            name.Parameter,
            referenceStep,
            distance,
            distance / referenceNorm,
            sums.SquaredDistance,
            sums.Dot / (Math.Sqrt(sums.FirstSquares) * referenceNorm),
            sums.Dot / sums.SecondSquares,
            Math.Sqrt(sums.SquaredSpacings / 12),
            sums.LeftOut,
            previousStep,
            previous is { } squared ? Math.Sqrt(squared) : null);
    }
}
