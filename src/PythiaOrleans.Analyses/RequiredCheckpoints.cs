namespace PythiaOrleans.Analyses;

/// <summary>Other checkpoints of the same model that an analysis reads.</summary>
[Flags]
public enum RequiredCheckpoints
{
    /// <summary>Only the checkpoint itself.</summary>
    None = 0,

    /// <summary>The reference checkpoint, usually step 0.</summary>
    Reference = 1,

    /// <summary>The checkpoint one stride before, where there is one.</summary>
    Previous = 2,
}
