using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Crossing of the two laws, and the largest value in standard deviations beside that of the weight matrices.</summary>
internal sealed class ResidualLogisticEarly : IFinding
{
    private const double FarMore = 2;

    /// <inheritdoc />
    public string Id => "residual-logistic-early";

    /// <inheritdoc />
    public string Claim => "the residual stream turns logistic within the first few thousand steps; its outliers are far more extreme than the weights'";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("residual-stream", "logistic_minus_gaussian"), new("residual-stream", "max_abs"), new("residual-stream", "std"), new("weight-moments", "max_abs"), new("weight-moments", "std")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("residual-stream", "logistic_minus_gaussian").Where(curve => curve.Model == model && curve.Block is not null).ToArray();
            if (blocks.Length == 0)
            {
                continue;
            }

            var crossing = CurveStatistics.Median(blocks.Select(curve => curve.StaysPositiveFrom()).Select(at => double.IsNaN(at) ? double.PositiveInfinity : at));
            yield return new(model, "", "fraction of training from which the logistic law wins for good", crossing, $"at most {CurveStatistics.Early:0.##}", crossing <= CurveStatistics.Early);
            var weights = Largest(series, "weight-moments", model);
            var residual = Largest(series, "residual-stream", model);
            yield return new(model, "", "largest |activation| over the standard deviation at the end", residual, $"over {FarMore:0.#} times the weights' {weights:0.#}", residual > FarMore * weights);
        }
    }

    private static double Largest(SeriesSet series, string analysis, string model) => (
        from max in series.Curves(analysis, "max_abs")
        join std in series.Curves(analysis, "std") on (max.Model, max.Component, max.Parameter, max.Block) equals (std.Model, std.Component, std.Parameter, std.Block)
        where max.Model == model && max.Block is not null && max.Parameter != "bias" && std.Last > 0
        select max.Last / std.Last).DefaultIfEmpty(double.NaN).Max();
}
