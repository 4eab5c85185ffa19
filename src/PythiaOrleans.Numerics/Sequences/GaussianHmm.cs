namespace PythiaOrleans.Numerics.Sequences;

/// <summary>A hidden Markov model whose states emit vectors of independent Gaussian values (diagonal covariances).</summary>
/// <remarks>
/// Fitted by Baum and Welch's algorithm (Rabiner 1989) with scaled forward and backward variables, from several seeded starts of which the
/// likeliest counts. Variances do not fall below 1/1000 of the pooled variance: a state of one observation would have an infinite
/// likelihood.
/// </remarks>
internal sealed class GaussianHmm
{
    private const int MaxIterations = 300;
    private const double Tolerance = 1e-6;
    private const double VarianceFloor = 1e-3;
    private const double Stay = 0.8;

    private double[] _start;
    private double[][] _transition;
    private double[][] _means;
    private double[][] _variances;
    private double[] _logScale; // Σ ln 2πσ² of each state

    private GaussianHmm(double[] start, double[][] transition, double[][] means, double[][] variances)
    {
        (_start, _transition, _means, _variances) = (start, transition, means, variances);
        _logScale = LogScales(variances);
    }

    /// <summary>How many states there are, K.</summary>
    public int States => _start.Length;

    /// <summary>The natural logarithm of the likelihood of the sequences that it was fitted to.</summary>
    public double LogLikelihood { get; private set; }

    /// <summary>−2 ln L + p ln N with p = K − 1 + K (K − 1) + 2 K D free parameters and N observations: smaller is better.</summary>
    public double Bic { get; private set; }

    /// <summary>The means of each state, K arrays of D values.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Means => _means;

    /// <summary>The variances of each state, K arrays of D values.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Variances => _variances;

    /// <summary>The chance of each state to be a sequence's first, K values.</summary>
    public IReadOnlyList<double> Start => _start;

    /// <summary>The chance to go from one state to another, K arrays of K values.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Transition => _transition;

    /// <summary>Fits models of 1 to <paramref name="maxStates"/> states and takes the one of the smallest BIC.</summary>
    public static GaussianHmm FitBest(IReadOnlyList<double[][]> sequences, int maxStates, int starts, int seed) =>
        Enumerable.Range(1, maxStates).Select(states => Fit(sequences, states, starts, seed)).MinBy(model => model.Bic)!;

    /// <summary>Fits a model.</summary>
    /// <param name="sequences">Each an array of observations in order; an observation has D values, all finite.</param>
    /// <param name="states">K, from 1 up to the number of observations.</param>
    /// <param name="starts">How many starts are tried.</param>
    /// <param name="seed">Chooses them.</param>
    public static GaussianHmm Fit(IReadOnlyList<double[][]> sequences, int states, int starts, int seed)
    {
        double[][] all = [.. sequences.SelectMany(sequence => sequence)];
        ArgumentOutOfRangeException.ThrowIfLessThan(states, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(states, all.Length);
        var pooled = Variance(all);
        var best = Enumerable.Range(0, starts).AsParallel().AsOrdered().Select(start =>
        {
            var model = Draw(all, pooled, states, new Random((1000 * seed) + start));
            model.Climb(sequences, pooled);
            return model;
        }).AsEnumerable().MaxBy(model => model.LogLikelihood)!; // of equals the first, on any number of cores
        var free = (states - 1) + (states * (states - 1)) + (2 * states * pooled.Length);
        best.Bic = (-2 * best.LogLikelihood) + (free * Math.Log(all.Length));
        best.Order(sequences);
        return best;
    }

    /// <summary>The likeliest states of a sequence (Viterbi 1967). States are numbered in the order in which sequences meet them.</summary>
    public int[] Decode(double[][] sequence)
    {
        var (length, count) = (sequence.Length, States);
        var score = new double[count];
        var from = new int[length][];
        for (var t = 0; t < length; t++)
        {
            var next = new double[count];
            from[t] = new int[count];
            for (var state = 0; state < count; state++)
            {
                var best = t == 0 ? Math.Log(_start[state]) : double.NegativeInfinity;
                for (var before = 0; t > 0 && before < count; before++)
                {
                    var value = score[before] + Math.Log(_transition[before][state]);
                    if (value > best)
                    {
                        (best, from[t][state]) = (value, before);
                    }
                }

                next[state] = best + LogDensity(sequence[t], state);
            }

            score = next;
        }

        var states = new int[length];
        states[^1] = Array.IndexOf(score, score.Max());
        for (var t = length - 1; t > 0; t--)
        {
            states[t - 1] = from[t][states[t]];
        }

        return states;
    }

    // Means are observations that lie far from each other, as k-means++ chooses them.
    private static GaussianHmm Draw(double[][] all, double[] pooled, int states, Random random)
    {
        var means = new List<double[]> { all[random.Next(all.Length)] };
        while (means.Count < states)
        {
            double[] distances = [.. all.Select(at => means.Min(mean => SquaredDistance(at, mean, pooled)))];
            var left = random.NextDouble() * distances.Sum();
            var chosen = 0;
            while (chosen < all.Length - 1 && (left -= distances[chosen]) > 0)
            {
                chosen++;
            }

            means.Add(all[chosen]);
        }

        double[] Row(int state) =>
            [.. Enumerable.Range(0, states).Select(to => states == 1 ? 1 : to == state ? Stay : (1 - Stay) / (states - 1))];
        return new GaussianHmm(
            [.. Enumerable.Repeat(1.0 / states, states)],
            [.. Enumerable.Range(0, states).Select(Row)],
            [.. means.Select(mean => (double[])mean.Clone())],
            [.. means.Select(_ => (double[])pooled.Clone())]);
    }

    private void Climb(IReadOnlyList<double[][]> sequences, double[] pooled)
    {
        var before = double.NegativeInfinity;
        for (var iteration = 0; iteration < MaxIterations; iteration++)
        {
            var counts = new HmmCounts(States, pooled.Length);
            LogLikelihood = sequences.Sum(sequence => Expect(sequence, counts));
            if (LogLikelihood - before <= Tolerance * Math.Abs(LogLikelihood))
            {
                return;
            }

            before = LogLikelihood;
            (_start, _transition) = (counts.StartChances(), counts.TransitionChances());
            (_means, _variances) = counts.Gaussians(_means, pooled, VarianceFloor);
            _logScale = LogScales(_variances);
        }
    }

    // Forward and backward variables, each step scaled to sum 1; the scales give the likelihood.
    private double Expect(double[][] sequence, HmmCounts counts)
    {
        var (length, count) = (sequence.Length, States);
        var (density, logShift) = Densities(sequence);
        var (forward, scales) = (new double[length][], new double[length]);
        for (var t = 0; t < length; t++)
        {
            forward[t] = new double[count];
            for (var state = 0; state < count; state++)
            {
                var chance = t == 0 ? _start[state] : 0;
                for (var from = 0; t > 0 && from < count; from++)
                {
                    chance += forward[t - 1][from] * _transition[from][state];
                }

                forward[t][state] = chance * density[t][state];
                scales[t] += forward[t][state];
            }

            scales[t] = Math.Max(scales[t], double.Epsilon);
            for (var state = 0; state < count; state++)
            {
                forward[t][state] /= scales[t];
            }
        }

        counts.Add(sequence, forward, Backward(density, scales), density, scales, _transition);
        return logShift + scales.Sum(Math.Log);
    }

    private double[][] Backward(double[][] density, double[] scales)
    {
        var (length, count) = (density.Length, States);
        var backward = new double[length][];
        backward[^1] = [.. Enumerable.Repeat(1.0, count)];
        for (var t = length - 2; t >= 0; t--)
        {
            backward[t] = new double[count];
            for (var from = 0; from < count; from++)
            {
                double sum = 0;
                for (var to = 0; to < count; to++)
                {
                    sum += _transition[from][to] * density[t + 1][to] * backward[t + 1][to];
                }

                backward[t][from] = sum / scales[t + 1];
            }
        }

        return backward;
    }

    // Each step's densities over its largest one, whose logarithms add up to the shift: products would vanish.
    private (double[][] Density, double LogShift) Densities(double[][] sequence)
    {
        var (density, shift) = (new double[sequence.Length][], 0.0);
        for (var t = 0; t < sequence.Length; t++)
        {
            var row = new double[States];
            for (var state = 0; state < row.Length; state++)
            {
                row[state] = LogDensity(sequence[t], state);
            }

            var largest = row.Max();
            shift += largest;
            density[t] = Array.ConvertAll(row, log => Math.Exp(log - largest));
        }

        return (density, shift);
    }

    private double LogDensity(double[] at, int state)
    {
        var (means, variances, sum) = (_means[state], _variances[state], _logScale[state]);
        for (var i = 0; i < at.Length; i++)
        {
            var difference = at[i] - means[i];
            sum += difference * difference / variances[i];
        }

        return -sum / 2;
    }

    private static double[] LogScales(double[][] variances) =>
        Array.ConvertAll(variances, state => state.Sum(variance => Math.Log(2 * Math.PI * variance)));

    // By the mean place in the sequences: state 0 comes first.
    private void Order(IReadOnlyList<double[][]> sequences)
    {
        var (places, counts) = (new double[States], new int[States]);
        foreach (var sequence in sequences)
        {
            foreach (var (state, t) in Decode(sequence).Select((state, t) => (state, t)))
            {
                places[state] += t / (double)sequence.Length;
                counts[state]++;
            }
        }

        int[] order =
        [
            .. Enumerable.Range(0, States).OrderBy(state => counts[state] == 0 ? double.PositiveInfinity : places[state] / counts[state]),
        ];
        _start = [.. order.Select(state => _start[state])];
        _transition = [.. order.Select(from => order.Select(to => _transition[from][to]).ToArray())];
        _means = [.. order.Select(state => _means[state])];
        _variances = [.. order.Select(state => _variances[state])];
        _logScale = LogScales(_variances);
    }

    private static double SquaredDistance(double[] a, double[] b, double[] scale)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (a[i] - b[i]) * (a[i] - b[i]) / scale[i];
        }

        return sum;
    }

    private static double[] Variance(double[][] all)
    {
        var variance = new double[all[0].Length];
        for (var i = 0; i < variance.Length; i++)
        {
            var mean = all.Average(at => at[i]);
            var isEqual = Array.TrueForAll(all, at => at[i] == all[0][i]); // tells no states apart, in any unit
            variance[i] = isEqual ? 1 : all.Average(at => (at[i] - mean) * (at[i] - mean));
        }

        return variance;
    }
}
