using System.Globalization;
using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.RepresentationGeometry;

/// <summary>How many directions does the residual stream use, and how alike are checkpoints?</summary>
/// <remarks>
/// On the states x of all positions after each row's first, at every place of the stream. Covariance, eigenvalues λ and singular values
/// σ = √λ are of the centred states, in float64. Similarities of 256 positions are kept, so that any two checkpoints that saw the same
/// tokens can be compared later (<see cref="KernelColumns"/>).
/// </remarks>
public sealed class RepresentationGeometryAnalysis(AnalysisSettings settings)
    : PassAnalysis<RepresentationGeometryAnalysis.Row>(settings)
{
    /// <summary>Positions whose similarities are kept, at most.</summary>
    public const int KernelPoints = 256;

    // The neighbours of every kept position, and encoding its similarities.
    private const double SecondsPerPlace = 5e-3;

    // Centring in float64, and moments.
    private const double SecondsPerValue = 20e-9;

    /// <summary>One place of the stream.</summary>
    public sealed record Row(
        [property: Column("index of the block after which the stream was looked at; empty after the embedding and after the final norm")]
        int? Block,
        [property: Column("embed_in, residual_stream or final_layer_norm: what the values came out of")] string Component,
        [property: Column("inner: every position but the first of each row")] string Parameter,
        [property: Column("positions")] int Points,
        [property: Column("RankMe: exponential of the entropy of the singular values over their sum")] double RankMe,
        [property: Column("exponent by which eigenvalues 11 to 50 of the covariance fall with their rank")] double AlphaReq,
        [property: Column("(sum of eigenvalues)^2 over the sum of their squares")] double ParticipationRatio,
        [property: Column("mean cosine of two different positions' states")] double Anisotropy,
        [property: Column("dimension by the two nearest neighbours, of the kept positions")] double IntrinsicDimension,
        [property: Column("NaN and infinities: with any, nothing else is measured")] long NonFinite,
        [property: Column("inner products of 256 centred states above the diagonal, row by row, the largest 1, in half precision")]
        float[] Kernel);

    /// <inheritdoc />
    public override IDerivedColumns DerivedColumns { get; } = new KernelColumns();

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "representation-geometry",
        Version = 2, // of 1: sums ran over all states at once and have other last bits
        ByDefault = false,
        Order = 11,
        Title = "Geometry of representations",
        Question = "How many directions does the residual stream use, and how alike are checkpoints?",
        Reading = "The dimensions say in how many directions the activations of a batch spread; a fall means that they "
            + "collapse onto few. Similarity to other checkpoints says when the representation last changed: near 1 "
            + "it has settled.",
        Source = "Garrido et al. 2023 (RankMe), Agrawal et al. 2022 (alphaReQ), Ethayarajh 2019 (anisotropy), Facco et al. 2017 (TwoNN), "
            + "Nguyen et al. 2021 (unbiased CKA)",
        Columns = [],
        Parameters = new Dictionary<string, string>(PassParameters, StringComparer.Ordinal)
        {
            ["kernel_points"] = KernelPoints.ToString(CultureInfo.InvariantCulture),
        },
        Plots =
        [
            Plot("rank_me", "Directions in use: RankMe", "effective rank"),
            Plot("alpha_req", "Fall of the eigenvalues: alphaReQ", "exponent"),
            Plot("participation_ratio", "Directions in use: participation ratio", "participation ratio"),
            Plot("anisotropy", "Mean cosine of two states", "cosine"),
            Plot("intrinsic_dimension", "Dimension by nearest neighbours", "dimension"),
            Plot("cka_final", "Likeness to the final checkpoint", "CKA"),
            Plot("cka_previous", "Likeness to the checkpoint before", "CKA"),
        ],
    };

    /// <inheritdoc />
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var pass = PassWork.Forward(shape, batch, hasLogits: false);
        double places = shape.Blocks + 2, points = PassWork.Tokens(shape, batch), d = shape.HiddenSize;
        var (larger, smaller) = (Math.Max(points, d), Math.Min(points, d));
        return pass with
        {
            DoubleFlops = places * ((DecompositionCost.Gram * larger * smaller * smaller) + (2 * KernelPoints * KernelPoints * d)),
            Decompositions = places * DecompositionCost.Eigenvalues * smaller * smaller * smaller,
            FixedSeconds = pass.PassSeconds + (places * (SecondsPerPlace + (points * d * SecondsPerValue))),
        };
    }

    /// <inheritdoc />
    /// <remarks>The pass, and the states of two places in float32, those of one twice in float64 with their Gram matrix.</remarks>
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(batch);
        var (points, d) = ((long)PassWork.Tokens(shape, batch), (long)shape.HiddenSize);
        var smaller = Math.Min(points, d);
        return base.DeviceBytes(shape, batch, device) + (((2 * sizeof(float)) + (3 * sizeof(double))) * points * d)
            + (sizeof(double) * DecompositionCost.GramCopies * smaller * smaller);
    }

    private protected override RowObserver<Row> CreateObserver(AnalysisInput input, long[][] batch) => new GeometryObserver(batch);

    private static PlotDeclaration Plot(string column, string title, string axis) =>
        new(PlotKind.Series, column, title, axis) { FirstGroup = "residual_stream inner" };
}
