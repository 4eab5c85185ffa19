using MathNet.Numerics.LinearAlgebra;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.PowerLaws;
using PythiaOrleans.Numerics.RandomMatrices;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.NullModels;

/// <summary>Matrices of independent entries, drawn again at each checkpoint: measured, not simulated.</summary>
/// <remarks>
/// Gaussian entries are an initialised matrix. Entries of a heavy-tailed distribution, Student's t with 4 to 12 degrees of freedom, are
/// what a trained matrix becomes when its entries are shuffled: the same distribution of weights, no direction left. Three blocks of
/// width 32, ten checkpoints.
/// </remarks>
internal abstract class IndependentMatrices : INullModel
{
    private const int Width = 32;
    private const int Checkpoints = 10;
    private const int Blocks = 3;

    /// <inheritdoc />
    public abstract string Name { get; }

    /// <inheritdoc />
    public abstract string Description { get; }

    /// <summary>Draws the entries of one matrix.</summary>
    /// <param name="freedom">From 0 to 1: which member of the family of distributions; the same for all checkpoints of a matrix.</param>
    /// <param name="entries">To be filled.</param>
    /// <param name="random">The source of chance.</param>
    protected abstract void Fill(double freedom, double[] entries, Random random);

    /// <inheritdoc />
    public SeriesSet Draw(int seed)
    {
        var random = new Random(seed);
        var (moments, distributions, spectra) = (new List<NullRow>(), new List<NullRow>(), new List<NullRow>());
        foreach (var model in NullSuite.Models)
        {
            foreach (var component in Matrices.Ungated)
            {
                for (var block = 0; block < Blocks; block++)
                {
                    var freedom = random.NextDouble();
                    foreach (var step in NullSuite.Steps(Checkpoints))
                    {
                        var rows = component switch { Matrices.Square => Width, Matrices.Fused => 3 * Width, _ => 4 * Width };
                        var entries = new double[rows * Width];
                        Fill(freedom, entries, random);
                        NullRow Row(double[] values) => new(model, step, block, component, "weight", values);
                        moments.Add(Row(MomentsOf(entries)));
                        distributions.Add(Row(DistributionOf(entries)));
                        spectra.Add(Row(SpectrumOf(entries, rows)));
                    }
                }
            }
        }

        return new SeriesSet(Name, new Dictionary<string, ResultTable>
        {
            ["weight-moments"] = NullSuite.Table(moments, ["norm", "std", "max_abs", "excess_kurtosis"]),
            ["weight-distribution"] = NullSuite.Table(distributions, ["logistic_minus_gaussian", "tail_ks", "tail_count"]),
            ["weight-spectrum"] = NullSuite.Table(
                spectra,
                [
                    "marchenko_pastur_ks", "top_gap", "condition_number", "power_law_count", "power_law_ks", "power_law_vs_lognormal",
                    "power_law_vs_lognormal_p", "power_law_vs_exponential", "power_law_vs_exponential_p",
                ]),
        });
    }

    private static double[] MomentsOf(double[] entries)
    {
        var square = entries.Average(value => value * value);
        return [Math.Sqrt(square * entries.Length), Math.Sqrt(square), entries.Max(Math.Abs),
            (entries.Average(value => value * value * value * value) / (square * square)) - 3];
    }

    // The logistic at the scale of equal variance: its best likelihood is larger by less than 0.002 for the distributions drawn here.
    private static double[] DistributionOf(double[] entries)
    {
        var deviation = Math.Sqrt(entries.Average(value => value * value));
        var scale = Math.Sqrt(3) / Math.PI;
        var logistic = entries.Average(value =>
        {
            var z = Math.Abs(value) / deviation / scale;
            return -z - (2 * Math.Log(1 + Math.Exp(-z))) - Math.Log(scale);
        });
        var tail = PowerLawFit.Fit(PowerLawSample.OfMagnitudes(ExactDistribution.OfValues(entries)), PowerLawSearch.UpperHalf);
        return [logistic + 0.5 + (0.5 * Math.Log(2 * Math.PI)), tail.KolmogorovSmirnov, tail.Count];
    }

    private static double[] SpectrumOf(double[] entries, int rows)
    {
        var matrix = Matrix<double>.Build.Dense(rows, Width, entries);
        double[] squares = [.. matrix.TransposeThisAndMultiply(matrix).Evd(Symmetricity.Symmetric).EigenValues
            .Select(value => Math.Max(0, value.Real)).OrderDescending()];
        double[] values = Array.ConvertAll(squares, Math.Sqrt);
        var law = new MarchenkoPastur(rows, Width, squares.Sum() / ((double)rows * Width));
        var sample = PowerLawSample.OfDescending(squares);
        var fit = PowerLawFit.Fit(sample, PowerLawSearch.Exhaustive);
        var alternatives = PowerLawAlternatives.Compare(sample, fit);
        return
        [
            law.KolmogorovSmirnov(Array.ConvertAll(squares, square => square / rows)),
            Enumerable.Range(0, 10).Max(i => values[i] / values[i + 1]), values[0] / values[^1],
            fit.Count, fit.KolmogorovSmirnov, alternatives.Lognormal.Ratio, alternatives.Lognormal.P, alternatives.Exponential.Ratio,
            alternatives.Exponential.P,
        ];
    }
}
