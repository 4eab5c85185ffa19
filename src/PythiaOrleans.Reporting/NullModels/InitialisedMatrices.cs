namespace PythiaOrleans.Reporting.NullModels;

/// <summary>Initialised matrices: independent Gaussian entries at every checkpoint.</summary>
internal sealed class InitialisedMatrices : IndependentMatrices
{
    /// <inheritdoc />
    public override string Name => "initialised";

    /// <inheritdoc />
    public override string Description => "matrices of independent Gaussian entries, drawn again at each checkpoint";

    /// <inheritdoc />
    protected override void Fill(double freedom, double[] entries, Random random)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = 0.02 * random.Gaussian();
        }
    }
}
