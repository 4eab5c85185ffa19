using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Reporting.Budgets;

/// <summary>Sums of a schedule's learning rates over short runs of updates between checkpoints: all that the budget needs of it.</summary>
/// <remarks>
/// Weights of an integral change by the factor exp(2 λ Σ η) along a run. Each interval between checkpoints is cut into at most 32 runs, in
/// which that factor is taken in the middle: for Pythia's schedules the error is under 5e-5 of the integral.
/// </remarks>
internal sealed class RateSums
{
    private const int RunsPerInterval = 32;

    private readonly double[] _rates; // Σ η of each run
    private readonly double[] _squares; // Σ η² of each run
    private readonly int[] _ends; // for each checkpoint the number of runs before it

    /// <summary>Sums the rates of a schedule from its first update to each of the steps.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="steps">Steps of checkpoints, ascending.</param>
    public RateSums(TrainingSchedule schedule, IReadOnlyList<int> steps)
    {
        var (rates, squares, ends) = (new List<double>(), new List<double>(), new List<int>());
        var (update, before) = (0, schedule.SumsOver(0));
        foreach (var step in steps)
        {
            var end = schedule.UpdatesAt(step);
            for (var run = RunsPerInterval; run > 0 && update < end; run--)
            {
                update += (int)Math.Ceiling((end - update) / (double)run);
                var sums = schedule.SumsOver(update);
                rates.Add(sums.Rates - before.Rates);
                squares.Add(sums.Squares - before.Squares);
                before = sums;
            }

            ends.Add(rates.Count);
        }

        (_rates, _squares, _ends) = ([.. rates], [.. squares], [.. ends]);
    }

    /// <summary>The terms of the budget at each checkpoint, for a weight decay.</summary>
    public NormBasis Basis(double weightDecay)
    {
        var n = _ends.Length;
        var (left, injected, aligned) = (new double[n], new double[n], new double[n]);
        var (d, a, b) = (1.0, 0.0, 0.0);
        for (int run = 0, at = 0; at < n; at++)
        {
            for (; run < _ends[at]; run++)
            {
                var half = Math.Exp(-weightDecay * _rates[run]);
                var whole = half * half;
                d *= whole;
                a = (a * whole) + (_squares[run] * half);
                b = (b * whole) + (_rates[run] * half);
            }

            (left[at], injected[at], aligned[at]) = (d, a, b);
        }

        return new NormBasis(left, injected, aligned);
    }
}
