namespace PythiaOrleans.Numerics.Sequences;

/// <summary>The expected counts of Baum and Welch's algorithm over several sequences, and the parameters that follow from them.</summary>
/// <param name="states">K.</param>
/// <param name="values">D, the values of an observation.</param>
internal sealed class HmmCounts(int states, int values)
{
    private readonly double[] _start = new double[states];
    private readonly double[] _weight = new double[states];
    private readonly double[][] _moves = Rows(states, states);
    private readonly double[][] _sums = Rows(states, values);
    private readonly double[][] _squares = Rows(states, values);

    /// <summary>Adds one sequence: what its scaled forward and backward variables say of states and moves.</summary>
    public void Add(
        double[][] sequence, double[][] forward, double[][] backward, double[][] density, double[] scales, double[][] transition)
    {
        for (var t = 0; t < sequence.Length; t++)
        {
            for (var state = 0; state < states; state++)
            {
                var chance = forward[t][state] * backward[t][state];
                _start[state] += t == 0 ? chance : 0;
                _weight[state] += chance;
                for (var i = 0; i < values; i++)
                {
                    _sums[state][i] += chance * sequence[t][i];
                    _squares[state][i] += chance * sequence[t][i] * sequence[t][i];
                }

                for (var to = 0; t + 1 < sequence.Length && to < states; to++)
                {
                    var after = density[t + 1][to] * backward[t + 1][to] / scales[t + 1];
                    _moves[state][to] += forward[t][state] * transition[state][to] * after;
                }
            }
        }
    }

    public double[] StartChances() => Normalize(_start);

    public double[][] TransitionChances() => Array.ConvertAll(_moves, Normalize);

    /// <summary>Means and variances; a state without weight keeps its means and gets the pooled variances.</summary>
    public (double[][] Means, double[][] Variances) Gaussians(double[][] before, double[] pooled, double floor)
    {
        var (means, variances) = (Rows(states, values), Rows(states, values));
        for (var state = 0; state < states; state++)
        {
            for (var i = 0; i < values; i++)
            {
                var isEmpty = _weight[state] < 1e-9;
                means[state][i] = isEmpty ? before[state][i] : _sums[state][i] / _weight[state];
                variances[state][i] = isEmpty ? pooled[i] : Math.Max(
                    (_squares[state][i] / _weight[state]) - (means[state][i] * means[state][i]), floor * pooled[i]);
            }
        }

        return (means, variances);
    }

    private static double[] Normalize(double[] row)
    {
        var sum = row.Sum();
        return sum > 0 ? Array.ConvertAll(row, value => value / sum) : [.. Enumerable.Repeat(1.0 / row.Length, row.Length)];
    }

    private static double[][] Rows(int rows, int columns) => [.. Enumerable.Range(0, rows).Select(_ => new double[columns])];
}
