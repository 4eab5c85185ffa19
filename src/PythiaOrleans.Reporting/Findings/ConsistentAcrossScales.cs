using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The median over blocks of each weight matrix, all models beside each other.</summary>
internal sealed class ConsistentAcrossScales : IFinding
{
    private static readonly Measure Norm = new("Frobenius norm", new SeriesColumn("weight-moments", "norm", Matrices.All));

    private static readonly Measure Decay = new(
        "what weight decay alone leaves of a weight", new SeriesColumn("weight-moments", "decay_factor", Matrices.All))
    {
        Optional = true,
    };

    /// <inheritdoc />
    public string Id => "consistent-across-scales";

    /// <inheritdoc />
    public string Claim => "the shapes of the norm curves agree across model sizes";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm, Decay];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series) => new ShapesAcrossScales(Norm, Decay).Judge(series, areAlike: true);
}
