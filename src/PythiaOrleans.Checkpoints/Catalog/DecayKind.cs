namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>How a learning rate falls after the warm-up.</summary>
public enum DecayKind
{
    /// <summary>As half a period of a cosine.</summary>
    Cosine,

    /// <summary>In a straight line to zero at the end of the decay.</summary>
    Linear,
}
