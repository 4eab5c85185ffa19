namespace PythiaOrleans.Testing;

/// <summary>Seeded samples of known laws.</summary>
internal static class Sample
{
    public static ushort[] Halves(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (ushort)random.Next(65536))];
    }

    public static double[] Gaussian(int seed, int count)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(
                _ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))
        ];
    }

    public static double[] Logistic(int seed, int count, double location, double scale)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble()).Select(p => location + (scale * Math.Log(p / (1 - p))))];
    }

    /// <summary>A Gaussian over the root of an independent χ²/ν, ν a whole number.</summary>
    public static double[] Student(int seed, int count, int freedom)
    {
        var gaussian = Gaussian(seed, count * (freedom + 1));
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var chi = 0.0;
            for (var k = 1; k <= freedom; k++)
            {
                chi += gaussian[(i * (freedom + 1)) + k] * gaussian[(i * (freedom + 1)) + k];
            }

            return gaussian[i * (freedom + 1)] / Math.Sqrt(chi / freedom);
        })];
    }
}
