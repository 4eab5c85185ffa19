namespace PythiaOrleans.Checkpoints;

/// <summary>How a model was trained, as far as series need it: learning rate, weight decay, tokens a step.</summary>
/// <param name="PeakLearningRate">At the end of warm-up.</param>
/// <param name="WarmupSteps">Steps of linear warm-up from 0.</param>
/// <param name="DecaySteps">Steps of the cosine after the warm-up.</param>
/// <param name="TotalSteps">Optimizer steps in all.</param>
/// <param name="FloorRatio">The learning rate never falls below this share of its peak.</param>
/// <param name="WeightDecay">Decoupled (AdamW); not applied to biases and norms.</param>
/// <param name="TokensPerStep">Tokens an optimizer step.</param>
public sealed record TrainingSchedule(
    double PeakLearningRate, double WarmupSteps, int DecaySteps, int TotalSteps, double FloorRatio, double WeightDecay, long TokensPerStep);
