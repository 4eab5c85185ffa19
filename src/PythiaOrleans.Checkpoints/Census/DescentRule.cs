using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>
/// Which steps do not descend from step 0 of their own run, from how far each is from it as a share of the distance between two runs:
/// near 0 early in training, near 1 for a foreign run.
/// </summary>
/// <remarks>
/// Early means that no weight can have moved far: an update of Adam moves each by about the learning rate at most.
/// </remarks>
public static class DescentRule
{
    private const double MaxMovement = 0.25;
    private const int EarlyWithoutSchedule = 64;
    private const double ForeignWithSchedule = 0.5;
    private const double ForeignWithoutSchedule = 0.9;

    /// <summary>The steps that do not descend, and a sentence that says it of all.</summary>
    /// <param name="later">The steps after step 0, ascending.</param>
    /// <param name="stepOf">The number of a step.</param>
    /// <param name="ratioOf">Its distance to step 0 over that between two runs.</param>
    /// <param name="size">The root mean square of the values at step 0.</param>
    /// <param name="schedule">The run's schedule; null where it is unknown.</param>
    public static (IReadOnlyList<T> Steps, string Sentence) Find<T>(
        IReadOnlyList<T> later, Func<T, int> stepOf, Func<T, double> ratioOf, double size, TrainingSchedule? schedule)
    {
        ArgumentNullException.ThrowIfNull(later);
        T[] early = [.. later.Where(step => IsEarly(stepOf(step), size, schedule))];
        T[] foreign = [.. early.Where(step => ratioOf(step) >= (schedule is null ? ForeignWithoutSchedule : ForeignWithSchedule))];
        if (foreign.Length == 0)
        {
            return ([], "");
        }

        var sentence = string.Create(
            CultureInfo.InvariantCulture,
            $"does not descend from the run's own step 0: at step {stepOf(foreign[0])} the distance to it is "
                + $"{ratioOf(foreign[0]):0.00} of that between two runs");
        // Where no early step is the run's own, neither is what was trained on from them.
        return (foreign.Length == early.Length ? later : foreign, sentence);
    }

    private static bool IsEarly(int step, double size, TrainingSchedule? schedule) => schedule is null
        ? step <= EarlyWithoutSchedule
        : schedule.SummedLearningRate(step) <= MaxMovement * size;
}
