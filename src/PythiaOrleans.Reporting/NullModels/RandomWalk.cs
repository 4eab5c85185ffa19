using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.NullModels;

/// <summary>Weights that wander: Gaussian steps as long as the learning rate, no direction, no decay.</summary>
/// <remarks>
/// W_t = W_0 + Σ η u with independent standard normal u. Then ‖W_t − W_0‖² = v n with v = Σ η², and ‖W_t‖² = (σ² + v) n, each up to its
/// sampling error; entries stay Gaussian. The learning rate warms up over 1 % and falls along a cosine to 10 %. How far a block wanders
/// is drawn for each (log-normal, 30 %). Biases start at 0 and norms at 1.
/// </remarks>
internal sealed class RandomWalk : INullModel
{
    private const int Checkpoints = 40;
    private const double Spread = 0.3;

    /// <inheritdoc />
    public string Name => "random-walk";

    /// <inheritdoc />
    public string Description => "weights take random steps as long as the learning rate, without direction or decay";

    /// <inheritdoc />
    public SeriesSet Draw(int seed)
    {
        var random = new Random(seed);
        var (moments, distances, distributions) = (new List<NullRow>(), new List<NullRow>(), new List<NullRow>());
        foreach (var model in NullSuite.Models)
        {
            var width = 64 * (1 + NullSuite.Models.ToList().IndexOf(model));
            foreach (var part in NullColumns.Analyses["weight-moments"].Parts)
            {
                var matrix = part.Parameter == "weight" && Matrices.All.Contains(part.Component);
                int?[] blocks = part.Rows == SeriesRows.Whole ? [null]
                    : [.. Enumerable.Range(0, NullSuite.Blocks(model)).Select(block => (int?)block)];
                foreach (var block in blocks)
                {
                    foreach (var (step, wandered) in Course(Math.Exp(Spread * random.Gaussian())))
                    {
                        var state = new Walker(part, width, wandered, random);
                        moments.Add(new NullRow(model, step, block, part.Component, part.Parameter, state.Moments));
                        if (matrix)
                        {
                            distances.Add(new NullRow(model, step, block, part.Component, part.Parameter, state.Distances));
                            distributions.Add(new NullRow(model, step, block, part.Component, part.Parameter,
                            [state.LogisticMinusGaussian]));
                        }
                    }
                }
            }
        }

        return NullSuite.WithSchedules(new SeriesSet(Name, new Dictionary<string, ResultTable>
        {
            ["weight-moments"] = NullSuite.Table(moments, ["norm", "std", "max_abs", "excess_kurtosis"]),
            ["weight-distance"] = NullSuite.Table(distances, ["distance", "relative_distance"]),
            ["weight-distribution"] = NullSuite.Table(distributions, ["logistic_minus_gaussian"]),
        }));
    }

    // The variance of an entry's walk at each checkpoint, over that of a matrix's initial entry.
    private static IEnumerable<(int Step, double Variance)> Course(double scale)
    {
        double sum = 0;
        var steps = NullSuite.Steps(Checkpoints);
        for (var i = 0; i < steps.Length; i++)
        {
            var t = (i + 0.5) / steps.Length;
            var rate = t < 0.01 ? t / 0.01 : Math.Max(0.1, (1 + Math.Cos(Math.PI * t)) / 2);
            sum += rate * rate;
            yield return (steps[i], 4 * scale * scale * sum / steps.Length);
        }
    }

    private sealed class Walker(NullPart part, int width, double wandered, Random random)
    {
        // Of a Gaussian sample the logistic's best log-likelihood lies so much below the Gaussian's.
        private const double GaussianDifference = -0.0088;

        private readonly double _count = Entries(part, width);

        private double Start => part.Parameter == "bias" ? 0 : _count == width ? 1 : 0.02 * 0.02;

        private double Walk => 0.02 * 0.02 * wandered;

        public double[] Moments => [Norm, Deviation, Largest, Math.Sqrt(24 / _count) * random.Gaussian()];

        public double[] Distances => [Math.Sqrt(_count * Walk) * Sampled, Math.Sqrt(Walk / (0.02 * 0.02)) * Sampled];

        public double LogisticMinusGaussian => GaussianDifference + (0.2 / Math.Sqrt(_count) * random.Gaussian());

        private double Sampled => 1 + (random.Gaussian() / Math.Sqrt(2 * _count));

        private double Norm => Math.Sqrt(_count * (Start + Walk)) * Sampled;

        // Norms start at a constant, not at random entries: only the walk spreads them.
        private double Deviation => Math.Sqrt(_count == width ? Walk : Start + Walk) * Sampled;

        private static double Entries(NullPart part, int width) => part switch
        {
            { Parameter: "bias" } or
            { Component: Components.InputLayerNorm or Components.PostAttentionLayerNorm or Components.FinalLayerNorm } => width,
            { Component: Components.MlpIn or Components.MlpOut } => 4.0 * width * width,
            _ => (double)width * width,
        };

        // The largest of n Gaussians: its Gumbel limit.
        private double Largest
        {
            get
            {
                var b = Math.Sqrt(2 * Math.Log(2 * _count));
                var centre = b - ((Math.Log(Math.Log(2 * _count)) + Math.Log(4 * Math.PI)) / (2 * b));
                return Deviation * (centre - (Math.Log(-Math.Log(random.NextDouble())) / b));
            }
        }
    }
}
