namespace PythiaOrleans.Reporting.NullModels;

/// <summary>
/// Shuffled weights: independent entries with the heavy tails of trained ones, Student's t with 4 to 12 degrees of freedom.
/// </summary>
internal sealed class ShuffledMatrices : IndependentMatrices
{
    private const int MinFreedom = 4;
    private const int MaxFreedom = 12;

    /// <inheritdoc />
    public override string Name => "shuffled";

    /// <inheritdoc />
    public override string Description =>
        "matrices of independent heavy-tailed entries (Student's t, 4 to 12 degrees of freedom), as shuffling leaves them";

    /// <inheritdoc />
    protected override void Fill(double freedom, double[] entries, Random random)
    {
        var nu = MinFreedom + (int)(freedom * (MaxFreedom - MinFreedom + 1));
        for (var i = 0; i < entries.Length; i++)
        {
            // Bailey 1994: the polar method for Student's t.
            var radius = Math.Sqrt(nu * (Math.Pow(1 - random.NextDouble(), -2.0 / nu) - 1));
            entries[i] = 0.02 * radius * Math.Cos(2 * Math.PI * random.NextDouble());
        }
    }
}
