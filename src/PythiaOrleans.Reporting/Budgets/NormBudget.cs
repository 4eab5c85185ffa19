using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Budgets;

/// <summary>AdamW's norm budget of one parameter: what weight decay takes and what the updates add.</summary>
/// <remarks>
/// Between checkpoints s and t, with y = ‖W‖² and W ← (1 − η λ) W − η u in each update:
/// <code>
/// decay      D = −2 λ Σ η y                 trapezoid between the checkpoints
/// net growth G = (y_t − y_s) − D            injection and alignment of the updates
/// share      R = ‖W_t − W_s + p W_s‖² / G   p = 1 − Π (1 − η λ); 1 is a random walk, the rest is alignment
/// </code>
/// ‖W_t − W_s + p W_s‖² = d² + p ((y_t − y_s) − d²) + p² y_s with d = ‖W_t − W_s‖. The whole curve follows y' = −2 λ η y + a η² + b η; its
/// equilibrium at a learning rate is y* = (a η + b) / (2 λ), its time constant 1 / (2 λ η) (Kosson et al. 2023, arXiv:2305.17212).
/// </remarks>
internal sealed class NormBudget
{
    private const int MinFitted = 10;

    private readonly TrainingSchedule _schedule;
    private readonly IReadOnlyDictionary<(int From, int To), double> _moved;
    private readonly NormBudgetFit? _fit;

    /// <summary>The budget of a curve.</summary>
    /// <param name="norms">Frobenius norms.</param>
    /// <param name="schedule">How the model was trained.</param>
    /// <param name="moved">Distances between checkpoints, by their steps; empty where none were measured.</param>
    public NormBudget(Curve norms, TrainingSchedule schedule, IReadOnlyDictionary<(int From, int To), double> moved)
    {
        (Norms, _schedule, _moved) = (norms, schedule, moved);
        WeightDecay = schedule.WeightDecayOf(norms.Component, norms.Parameter);
        Sums = new RateSums(schedule, norms.Steps);
        var start = norms.Values.Length >= DecayRecovery.FirstCheckpoint + MinFitted ? DecayRecovery.FirstCheckpoint : 0;
        _fit = norms.Values.Length - start >= MinFitted && norms.Values[start..].Max() > 0
            ? NormBudgetFit.Fit(Sums.Basis(WeightDecay), norms.Values, start, norms.Values.Length, aligned: true)
            : null;
    }

    /// <summary>The curve.</summary>
    public Curve Norms { get; }

    /// <summary>The weight decay of this parameter, as it was configured.</summary>
    public double WeightDecay { get; }

    /// <summary>The schedule's sums at the curve's steps.</summary>
    public RateSums Sums { get; }

    /// <summary>The fit's relative error with the configured weight decay; null for fewer than 10 checkpoints.</summary>
    public double? FitError => _fit?.RelativeError(Norms.Values);

    /// <summary>The weight decay that the curve speaks for; null for fewer than 20 checkpoints.</summary>
    public RecoveredDecay? RecoverDecay() => DecayRecovery.Recover(Norms, Sums);

    /// <summary>One row for each checkpoint.</summary>
    public IEnumerable<(int Step, NormBudgetRow Row)> Rows() =>
        Enumerable.Range(0, Norms.Steps.Length).Select(i => (Norms.Steps[i], RowAt(i)));

    private NormBudgetRow RowAt(int i)
    {
        var (step, norm) = (Norms.Steps[i], Norms.Values[i]);
        var rate = _schedule.LearningRateAt(step);
        var fitted = _fit is { } fit && i >= fit.Start ? fit.Norms[i - fit.Start] : (double?)null;
        var row = new NormBudgetRow(
            Norms.Block, Norms.Component, Norms.Parameter, norm, null, null, null, null, null, WeightDecay,
            WeightDecay * _schedule.SummedLearningRate(step),
            WeightDecay * rate > 0 ? 1 / (2 * WeightDecay * rate) : null,
            fitted,
            WeightDecay > 0 && _fit is not null
                ? Math.Sqrt(((_fit.Injection * rate) + _fit.Alignment) / (2 * WeightDecay)) : null);
        return i == 0 ? row : WithInterval(row, Norms.Steps[i - 1], step, Norms.Values[i - 1], norm);
    }

    private NormBudgetRow WithInterval(NormBudgetRow row, int from, int to, double before, double after)
    {
        var (earlier, later) = (before * before, after * after);
        var rates = _schedule.SummedLearningRate(to) - _schedule.SummedLearningRate(from);
        var change = later - earlier;
        var decay = -WeightDecay * (earlier + later) * rates;
        var growth = change - decay;
        return row with
        {
            PreviousStep = from,
            SquaredChange = change,
            Decay = decay,
            NetGrowth = growth,
            RandomWalkShare = _moved.TryGetValue((from, to), out var distance) && growth > 0
                ? Moved(distance * distance, change, earlier, 1 - Math.Exp(-WeightDecay * rates)) / growth : null,
        };
    }

    private static double Moved(double squaredDistance, double change, double earlier, double lost) =>
        squaredDistance + (lost * (change - squaredDistance)) + (lost * lost * earlier);
}
