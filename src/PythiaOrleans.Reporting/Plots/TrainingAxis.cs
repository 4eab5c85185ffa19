namespace PythiaOrleans.Reporting.Plots;

/// <summary>What a series is drawn over.</summary>
public enum TrainingAxis
{
    /// <summary>The training step.</summary>
    Step,

    /// <summary>The step as a fraction of the last one.</summary>
    Fraction,

    /// <summary>Decay time, weight decay times the sum of the learning rates so far; known where the schedule is.</summary>
    DecayTime,
}
