namespace PythiaOrleans.Analyses.StreamControls;

/// <summary>How much of some vectors a table by token explains.</summary>
internal static class TokenLookup
{
    /// <summary>
    /// R² of a table, 1 − Σ‖y − mean of the token‖² / Σ‖y − mean of all‖², both means being those of the other half of the positions: a
    /// token that is seen once cannot explain itself.
    /// </summary>
    /// <param name="values">Vectors y [n, d], position after position.</param>
    /// <param name="tokens">The token at each position.</param>
    /// <returns>
    /// R² over the positions whose token the other half has too, and how many these are. 1: the vectors follow from their tokens. 0 or
    /// below: the table is no better than one vector for all. NaN where there is no such position, or a value is not finite.
    /// </returns>
    public static (double RSquared, int Positions) Compute(ReadOnlySpan<float> values, ReadOnlySpan<long> tokens)
    {
        if (tokens.Length < 2)
        {
            return (double.NaN, 0);
        }

        var (width, half) = (values.Length / tokens.Length, tokens.Length / 2);
        var first = new Table(values[..(half * width)], tokens[..half], width);
        var second = new Table(values[(half * width)..], tokens[half..], width);
        var ofFirst = second.Compare(values[..(half * width)], tokens[..half]);
        var ofSecond = first.Compare(values[(half * width)..], tokens[half..]);
        var (left, all) = (ofFirst.Left + ofSecond.Left, ofFirst.All + ofSecond.All);
        return (all > 0 ? 1 - (left / all) : double.NaN, ofFirst.Positions + ofSecond.Positions);
    }

    /// <summary>The mean vector of each token of one half, and of all together.</summary>
    private sealed class Table
    {
        private readonly Dictionary<long, double[]> _means = [];
        private readonly double[] _mean;

        public Table(ReadOnlySpan<float> values, ReadOnlySpan<long> tokens, int width)
        {
            _mean = new double[width];
            var counts = new Dictionary<long, int>();
            for (var position = 0; position < tokens.Length; position++)
            {
                if (!_means.TryGetValue(tokens[position], out var sum))
                {
                    _means[tokens[position]] = sum = new double[width];
                }

                counts[tokens[position]] = counts.GetValueOrDefault(tokens[position]) + 1;
                for (var channel = 0; channel < width; channel++)
                {
                    var value = values[(position * width) + channel];
                    sum[channel] += value;
                    _mean[channel] += value;
                }
            }

            foreach (var (token, sum) in _means)
            {
                Divide(sum, counts[token]);
            }

            Divide(_mean, tokens.Length);
        }

        /// <summary>Squared distances of the other half's vectors from this table, and from its mean.</summary>
        public (double Left, double All, int Positions) Compare(ReadOnlySpan<float> values, ReadOnlySpan<long> tokens)
        {
            var (left, all, positions) = (0.0, 0.0, 0);
            for (var position = 0; position < tokens.Length; position++)
            {
                if (_means.TryGetValue(tokens[position], out var expected))
                {
                    var own = values.Slice(position * _mean.Length, _mean.Length);
                    left += SquaredDistance(own, expected);
                    all += SquaredDistance(own, _mean);
                    positions++;
                }
            }

            return (left, all, positions);
        }

        private static double SquaredDistance(ReadOnlySpan<float> a, double[] b)
        {
            double sum = 0;
            for (var i = 0; i < a.Length; i++)
            {
                var difference = a[i] - b[i];
                sum += difference * difference;
            }

            return sum;
        }

        private static void Divide(double[] values, double divisor)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] /= divisor;
            }
        }
    }
}
