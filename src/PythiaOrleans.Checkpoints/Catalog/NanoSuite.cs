using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>
/// Six small GPT-NeoX models that <c>pythia demo</c> trains on the spot: what a fresh machine has instead of 1.7 TB of checkpoints.
/// </summary>
public static class NanoSuite
{
    /// <summary>Rows of the embedding; the tokenizer fills them all.</summary>
    public const int VocabularyRows = 512;

    /// <summary>The longest context.</summary>
    public const int ContextLength = 128;

    private const int CheckpointCount = 143;
    private const int StepsBetween = 5;

    private static readonly (int Hidden, int Blocks, int Heads)[] Shapes =
        [(16, 2, 2), (32, 3, 4), (48, 4, 3), (64, 4, 4), (96, 5, 6), (128, 6, 8)];

    /// <summary>Step 0 and 143 equally spaced checkpoints.</summary>
    public static IReadOnlyList<int> Steps { get; } = [.. Enumerable.Range(0, CheckpointCount + 1).Select(i => i * StepsBetween)];

    /// <summary>How all six are trained.</summary>
    public static TrainingSchedule Schedule { get; } = new(
        PeakLearningRate: 4e-3,
        WarmupSteps: 20,
        DecaySteps: CheckpointCount * StepsBetween,
        TotalSteps: CheckpointCount * StepsBetween,
        FloorRatio: 0.1,
        WeightDecay: 0.3,
        TokensPerStep: 1024);

    /// <summary>The models, smallest first.</summary>
    public static IReadOnlyList<ModelEntry> Models { get; } =
    [
        .. Shapes.Select((shape, index) => new ModelEntry
        {
            Name = $"nano-{index + 1}",
            Shape = new ModelShape
            {
                ModelType = "gpt_neox",
                Blocks = shape.Blocks,
                HiddenSize = shape.Hidden,
                Heads = shape.Heads,
                IntermediateSize = 4 * shape.Hidden,
                VocabularyRows = VocabularyRows,
                ContextLength = ContextLength,
            },
            Steps = Steps,
            Schedule = Schedule,
            TokenCount = VocabularyRows,
        }),
    ];

    /// <summary>All six.</summary>
    public static Suite Suite { get; } = new(
        "nano", [.. Models.Select(model => model.Name)], Steps, 0, "six small models that `pythia demo` trains on the spot");
}
