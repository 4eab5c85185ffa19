using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.PowerLaws;
using PythiaOrleans.Numerics.RandomMatrices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.WeightSpectrum;

/// <summary>Do the singular values still look random?</summary>
/// <remarks>
/// σ of every matrix, and of queries, keys and values apart where a family keeps them in one. Stable rank ‖W‖²/σ₁²; effective rank exp(−Σ p
/// ln p) with p = σ²/Σσ² (Roy and Vetterli 2007 take σ/Σσ: that is <c>effective_rank_sigma</c> of <see cref="SpectrumColumns"/>);
/// participation ratio (Σσ²)²/Σσ⁴. The Marchenko-Pastur law is that of the matrix's own mean square.
/// </remarks>
public sealed class WeightSpectrumAnalysis : Analysis<WeightSpectrumAnalysis.Row>
{
    private const double MachinePrecision = 2.220446049250313e-16; // 2^-52
    private const double MiddleFrom = 0.1;
    private const double MiddleTo = 0.9;

    // The fits of a spectrum.
    private const double SecondsPerSingularValue = 3e-6;

    /// <summary>One matrix's spectrum.</summary>
    public sealed record Row(
        [property: Column("index of the block, from 0; empty outside blocks")] int? Block,
        [property: Column("kind of weight; attention.query, .key and .value are rows of the fused matrix")] string Component,
        [property: Column("weight")] string Parameter,
        [property: Column("rows")] long Rows,
        [property: Column("columns")] long Columns,
        [property: Column("largest singular value")] double SpectralNorm,
        [property: Column("squared Frobenius norm over the squared largest singular value")] double StableRank,
        [property: Column("exponential of the entropy of the squared singular values")] double EffectiveRank,
        [property: Column("(sum of squares)^2 over the sum of fourth powers")] double ParticipationRatio,
        [property: Column("largest over smallest singular value; infinite where the matrix is singular, NaN where all of it is 0")]
        double ConditionNumber,
        [property: Column("exponent of the power law of the squared singular values")] double PowerLawAlpha,
        [property: Column("its standard error")] double PowerLawAlphaError,
        [property: Column("squared singular value where the power law begins")] double PowerLawXmin,
        [property: Column("values in the power law's tail")] int PowerLawCount,
        [property: Column("Kolmogorov-Smirnov distance of the power law")] double PowerLawKs,
        [property: Column("Vuong's normalised likelihood ratio against the exponential law; positive favours the power law")]
        double PowerLawVsExponential,
        [property: Column("its p value")] double PowerLawVsExponentialP,
        [property: Column("Vuong's normalised likelihood ratio against the lognormal law")] double PowerLawVsLognormal,
        [property: Column("its p value")] double PowerLawVsLognormalP,
        [property: Column("slope of log singular value against log rank over the middle 80 %")] double LogLogSlope,
        [property: Column("largest singular value that the Marchenko-Pastur law allows")] double MarchenkoPasturEdge,
        [property: Column("singular values above the 99 % quantile of a Gaussian matrix's largest")] int Outliers,
        [property: Column("Kolmogorov-Smirnov distance from the Marchenko-Pastur law")] double MarchenkoPasturKs,
        [property: Column("NaN and infinities: with any, nothing else is measured")] long NonFinite,
        [property: Column("all singular values, descending")] double[] SingularValues);

    /// <inheritdoc />
    public override bool UsesDevice => true;

    /// <inheritdoc />
    public override IDerivedColumns DerivedColumns { get; } = new SpectrumColumns();

    /// <inheritdoc />
    protected override AnalysisDescription Describe() => new()
    {
        Name = "weight-spectrum",
        Version = 5, // of 4: the search for the lognormal law stopped short, and a true power law was preferred to it
        Order = 4,
        Title = "Spectra of the weight matrices",
        Question = "Do the singular values still look random?",
        Reading = "Singular values fall from left to right; a random matrix stays below the dashed line. Values above "
            + "it are what training has put into the matrix, and a straight stretch on these axes is a power law.",
        Source = "Basic facts about language models during training (Conjecture, 2023), singular value spectra",
        Columns = [],
        Plots =
        [
            new(PlotKind.Series, "spectral_norm", "Largest singular value", "largest singular value"),
            new(PlotKind.Series, "stable_rank", "Stable rank", "stable rank"),
            new(PlotKind.Series, "marchenko_pastur_ks", "Distance from the Marchenko-Pastur law", "Kolmogorov-Smirnov distance"),
            new(PlotKind.Series, "outliers", "Singular values beyond a random matrix's", "count"),
            new(PlotKind.Series, "power_law_alpha", "Exponent of the power law", "exponent"),
            new(PlotKind.Spectrum, "singular_values", "Singular values by rank", "singular value", Logarithmic: true)
            {
                FirstGroup = "attention.query_key_value weight",
            },
        ],
    };

    /// <inheritdoc />
    /// <remarks>Every matrix; of a fused one only its three parts are multiplied, and all four decomposed.</remarks>
    public override AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var matrices = ParameterSizes.Matrices(shape);
        double d = shape.HiddenSize, parts = 3 * shape.Blocks;
        return new AnalysisWork
        {
            Rate = WorkRate.Products,
            DoubleFlops = DecompositionCost.GramFlops(matrices),
            Decompositions = DecompositionCost.EigenvalueFlops(matrices) + (parts * DecompositionCost.Eigenvalues * d * d * d),
            FixedSeconds = (DecompositionCost.SecondsEach * (matrices.Count + parts))
                + (SecondsPerSingularValue * (matrices.Sum(size => (double)size.Min()) + (parts * d))),
        };
    }

    /// <inheritdoc />
    /// <remarks>
    /// The largest matrices, one for each thread, each as it is stored and with some rows in float64 and its Gram matrix.
    /// </remarks>
    public override long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device) =>
        DecompositionCost.Bytes(ParameterSizes.Matrices(shape), device);

    /// <inheritdoc />
    public override long HostBytes(ModelShape shape, bool offHalfGrid) => CountingMemory.Kept(shape, offHalfGrid);

    /// <inheritdoc />
    protected override IEnumerable<Row> Measure(AnalysisInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var matrices = input.Checkpoint.Matrices;
        return CoreThreads.Map(matrices, DecompositionCost.Share, parameter => RowsOf(input, parameter), input.Threads, cancellationToken)
            .SelectMany(rows => rows);
    }

    private static Row[] RowsOf(AnalysisInput input, Parameter parameter)
    {
        if (input.Distribution(parameter).NonFinite is > 0 and var nonFinite)
        {
            return [Unmeasured(parameter, nonFinite)];
        }

        using var weights = new LoadedWeights(input.Checkpoint, input.Device.Torch, type: null);
        return
        [
            .. Matrices(input.Checkpoint.Shape, parameter, weights[parameter.Name])
                .Select(found => ToRow(parameter.Name with { Component = found.Component }, found.Matrix)),
        ];
    }

    // The matrix itself; of a fused one its three parts too.
    private static List<(string Component, Matrix Matrix)> Matrices(ModelShape shape, Parameter parameter, Tensor whole)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        if (parameter.Name.Component != Components.QueryKeyValue || !ModelFamilies.IsKnown(shape.ModelType))
        {
            return [(parameter.Name.Component, Matrix.Decompose(whole, Gram.OfSmallerSide(whole)))];
        }

        // GPT-NeoX groups rows by head, (h, 3, d_head); GPT-2 puts queries, keys and values side by side.
        var parts = parameter.IsTransposed
            ? whole.t().view(3, shape.HiddenSize, shape.HiddenSize)
            : whole.view(shape.Heads, 3, shape.HeadSize, shape.HiddenSize).transpose(0, 1).reshape(3, shape.HiddenSize, shape.HiddenSize);
        Tensor[] grams = [Gram.Compute(parts[0]), Gram.Compute(parts[1]), Gram.Compute(parts[2])];
        return
        [
            // rows under each other: their Gram matrices add up
            (parameter.Name.Component, Matrix.Decompose(whole, grams[0].Plus(grams[1]).Plus(grams[2]))),
            (Components.Query, Matrix.Decompose(parts[0], grams[0])),
            (Components.Key, Matrix.Decompose(parts[1], grams[1])),
            (Components.Value, Matrix.Decompose(parts[2], grams[2])),
        ];
    }

    private static Row ToRow(WeightName name, Matrix matrix)
    {
        var values = matrix.Values;
        var (rows, columns) = (Math.Max(matrix.Rows, matrix.Columns), Math.Min(matrix.Rows, matrix.Columns));
        var squares = Array.ConvertAll(values, value => value * value);
        var (sum, fourths) = (squares.Sum(), squares.Sum(square => square * square));
        var entropy = -squares.Where(square => square > 0).Sum(square => square / sum * Math.Log(square / sum));
        var sample = PowerLawSample.OfDescending(squares);
        var powerLaw = PowerLawFit.Fit(sample, PowerLawSearch.Exhaustive);
        var alternatives = PowerLawAlternatives.Compare(sample, powerLaw);
        var random = new MarchenkoPastur(rows, columns, sum / ((double)rows * columns));
        return new Row(
            name.Block, name.Component, name.Parameter, matrix.Rows, matrix.Columns,
            values[0], sum / squares[0], sum > 0 ? Math.Exp(entropy) : double.NaN, sum * sum / fourths, values[0] / values[^1],
            powerLaw.Alpha, powerLaw.StandardError, powerLaw.XMin, (int)powerLaw.Count, powerLaw.KolmogorovSmirnov,
            alternatives.Exponential.Ratio, alternatives.Exponential.P, alternatives.Lognormal.Ratio, alternatives.Lognormal.P,
            LogLogSlope(values, rows), random.Edge, values.Count(value => value > random.OutlierEdge),
            random.KolmogorovSmirnov(Array.ConvertAll(squares, square => square / rows)), 0, values);
    }

    // A decomposition of a matrix with NaN fails; the checkpoint's other matrices are measured all the same.
    private static Row Unmeasured(Parameter parameter, long nonFinite)
    {
        const double none = double.NaN;
        return new Row(
            parameter.Name.Block, parameter.Name.Component, parameter.Name.Parameter, parameter.Tensor.Shape[0], parameter.Tensor.Shape[1],
            none, none, none, none, none, none, none, none, 0, none, none, none, none, none, none, none, 0, none, nonFinite, []);
    }

    /// <summary>The slope of log σ against log rank over the middle of the ranks; NaN where fewer than two of them hold anything.</summary>
    /// <param name="values">All singular values, descending.</param>
    /// <param name="longerSide">Rows or columns, whichever are more.</param>
    /// <remarks>
    /// Values below the numerical rank, σ₁ times the longer side times the machine precision (Golub and Van Loan, Matrix Computations,
    /// 5.4.1), are what rounding left of zeros.
    /// </remarks>
    internal static double LogLogSlope(double[] values, long longerSide)
    {
        var noise = values[0] * longerSide * MachinePrecision;
        var middle = Enumerable.Range(0, values.Length)
            .Where(i => i >= MiddleFrom * values.Length && i < MiddleTo * values.Length && values[i] > noise)
            .Select(i => (X: Math.Log(i + 1), Y: Math.Log(values[i])))
            .ToArray();
        if (middle.Length < 2)
        {
            return double.NaN;
        }

        var (x, y) = (middle.Average(point => point.X), middle.Average(point => point.Y));
        return middle.Sum(point => (point.X - x) * (point.Y - y)) / middle.Sum(point => (point.X - x) * (point.X - x));
    }

    private sealed record Matrix(long Rows, long Columns, double[] Values)
    {
        public static Matrix Decompose(Tensor matrix, Tensor gram) =>
            new(matrix.shape[0], matrix.shape[1], Decompositions.SingularValues.Compute(matrix, gram));
    }
}
