using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The median over blocks of each weight matrix, all models beside each other.</summary>
internal sealed class ConsistentAcrossScales : IFinding
{
    private static readonly ShapesAcrossScales Shapes =
        ShapesAcrossScales.Create("Frobenius norm", new SeriesColumn("weight-moments", "norm", Matrices.All));

    /// <inheritdoc />
    public string Id => "consistent-across-scales";

    /// <inheritdoc />
    public string Claim => "the shapes of the norm curves agree across model sizes";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures => Shapes.Measures;

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series) => Shapes.Judge(series, areAlike: true);
}
