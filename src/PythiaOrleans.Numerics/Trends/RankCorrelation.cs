namespace PythiaOrleans.Numerics.Trends;

/// <summary>Spearman's rank correlation, with the chance of one as large among all orders of the sample.</summary>
/// <param name="Rho">From −1 to 1; ties share their mean rank; NaN of fewer than 3 pairs or where one side is constant.</param>
/// <param name="P">One-sided: the share of orders whose correlation is at least as large. All orders up to 8 pairs, 20,000 seeded ones
/// beyond.</param>
/// <param name="Count">Pairs.</param>
internal sealed record RankCorrelation(double Rho, double P, int Count)
{
    private const int MaxExact = 8;
    private const int Draws = 20_000;
    private const double Rounding = 1e-12;

    /// <summary>The rank correlation of two columns of equal length.</summary>
    public static RankCorrelation Compute(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        var (x, y) = (Centred(Ranks(first)), Centred(Ranks(second)));
        var rho = Coefficient(x, y);
        if (double.IsNaN(rho))
        {
            return new RankCorrelation(rho, double.NaN, x.Length);
        }

        var enough = Dot(x, y) - (Rounding * Scale(x, y));
        var (reached, tried) = (0, 0);
        foreach (var order in x.Length <= MaxExact ? Orders(y, 0) : Shuffles(y))
        {
            reached += Dot(x, order) >= enough ? 1 : 0;
            tried++;
        }

        return new RankCorrelation(rho, (double)reached / tried, x.Length);
    }

    /// <summary>The coefficient alone, without the orders of the sample that its chance needs.</summary>
    public static double RhoOf(IReadOnlyList<double> first, IReadOnlyList<double> second) =>
        Coefficient(Centred(Ranks(first)), Centred(Ranks(second)));

    /// <summary>Ranks from 1; equal values share their mean rank.</summary>
    public static double[] Ranks(IReadOnlyList<double> values)
    {
        var ranks = new double[values.Count];
        int[] order = [.. Enumerable.Range(0, ranks.Length).OrderBy(i => values[i])];
        for (var first = 0; first < order.Length;)
        {
            var after = first + 1;
            while (after < order.Length && values[order[after]] == values[order[first]])
            {
                after++;
            }

            for (var i = first; i < after; i++)
            {
                ranks[order[i]] = first + ((after - first + 1) / 2.0);
            }

            first = after;
        }

        return ranks;
    }

    private static double Coefficient(double[] x, double[] y) =>
        x.Length < 3 || Scale(x, y) == 0 ? double.NaN : Dot(x, y) / Scale(x, y);

    private static double Scale(double[] x, double[] y) => Math.Sqrt(Dot(x, x) * Dot(y, y));

    private static double[] Centred(double[] values)
    {
        var mean = values.Length == 0 ? 0 : values.Average();
        return Array.ConvertAll(values, value => value - mean);
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    // The same array again and again, each time in another order.
    private static IEnumerable<double[]> Orders(double[] values, int from)
    {
        if (from >= values.Length - 1)
        {
            yield return values;
            yield break;
        }

        for (var i = from; i < values.Length; i++)
        {
            (values[from], values[i]) = (values[i], values[from]);
            foreach (var order in Orders(values, from + 1))
            {
                yield return order;
            }

            (values[from], values[i]) = (values[i], values[from]);
        }
    }

    private static IEnumerable<double[]> Shuffles(double[] values)
    {
        var random = new Random(values.Length);
        for (var draw = 0; draw < Draws; draw++)
        {
            random.Shuffle(values);
            yield return values;
        }
    }
}
