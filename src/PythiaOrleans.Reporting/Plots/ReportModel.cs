using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>One model: its blocks give the colours, its steps the x axis.</summary>
internal sealed record ReportModel(string Name, int Blocks, long Parameters, IReadOnlyList<int> Steps)
{
    /// <summary>The decay time at each step; null where nothing is known of the model's schedule, or it had no weight decay.</summary>
    public IReadOnlyList<double>? DecayTimes { get; init; }

    /// <summary>The tokens read before each step; null where nothing is known of the model's schedule.</summary>
    public IReadOnlyList<long>? Tokens { get; init; }

    /// <summary>The same model with what a schedule says of its steps.</summary>
    public ReportModel With(TrainingSchedule? schedule) => this with
    {
        Tokens = schedule is null ? null : [.. Steps.Select(schedule.Tokens)],
        DecayTimes = schedule is { WeightDecay: > 0 }
            ? [.. Steps.Select(step => ReportLine.Rounded(schedule.WeightDecay * schedule.SummedLearningRate(step))!.Value)] : null,
    };

    /// <summary>Where the model's checkpoints lie along an axis.</summary>
    /// <exception cref="ArgumentException">The axis is decay time, and the schedule is not known.</exception>
    public double[] Along(TrainingAxis axis) => axis switch
    {
        TrainingAxis.Fraction => [.. Steps.Select(step => step / (double)Math.Max(1, Steps[^1]))],
        TrainingAxis.DecayTime => [.. DecayTimes ?? throw new ArgumentException(
            $"{Name} has no decay time: expected a schedule with weight decay in the catalog, found none. "
                + "Add it with --catalog (docs/catalog.md), or draw over steps.")],
        _ => [.. Steps.Select(step => (double)step)],
    };
}
