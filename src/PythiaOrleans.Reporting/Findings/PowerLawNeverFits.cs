using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The tail that the automatic threshold of Clauset, Shalizi and Newman leaves, as a share of all weights.</summary>
internal sealed class PowerLawNeverFits : IFinding
{
    // A law that describes less than half of the weights does not fit their distribution, however well it fits their tail.
    private const double Most = 0.5;

    /// <inheritdoc />
    public string Id => "power-law-never-fits";

    /// <inheritdoc />
    public string Claim => "a power law never fits the weight distribution well";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-distribution", "tail_count"), new("weight-distribution", "count")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var largest = 0.0;
            int? step = null;
            var counts = series.Curves("weight-distribution", "count").Where(curve => curve.Model == model).ToLookup(curve => (curve.Component, curve.Parameter, curve.Block));
            foreach (var tail in series.Curves("weight-distribution", "tail_count").Where(curve => curve.Model == model))
            {
                var all = counts[(tail.Component, tail.Parameter, tail.Block)].First().Values.Max();
                if (tail.Values.Max() / all > largest)
                {
                    (largest, step) = (tail.Values.Max() / all, tail.PeakStep);
                }
            }

            if (step is not null)
            {
                yield return new(model, "", "largest share of a matrix's weights in its power-law tail", largest, $"under {Most:0.##}", largest < Most) { Step = step };
            }
        }
    }
}
