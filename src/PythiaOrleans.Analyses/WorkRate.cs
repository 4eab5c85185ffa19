namespace PythiaOrleans.Analyses;

/// <summary>What an analysis spends most of its time on; the cost model knows the rates of each.</summary>
public enum WorkRate
{
    /// <summary>Values of weights are counted: bytes decide.</summary>
    Counting,

    /// <summary>Weights are compared with those of other checkpoints: bytes decide.</summary>
    Comparing,

    /// <summary>Files are hashed: bytes decide.</summary>
    Hashing,

    /// <summary>The model runs: operations decide, its weights arrive meanwhile.</summary>
    ModelPasses,

    /// <summary>Long matrix products, or fits alone: operations and seconds decide.</summary>
    Products,
}
