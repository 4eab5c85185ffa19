namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>How a learning rate falls after the warm-up.</summary>
public enum DecayKind
{
    /// <summary>As half a period of a cosine that goes to zero.</summary>
    Cosine,

    /// <summary>In a straight line to zero at the end of the decay.</summary>
    Linear,

    /// <summary>As half a period of a cosine that ends at the floor, at the update that the decay's length names.</summary>
    CosineToFloor,

    /// <summary>Not at all, until the last updates, as many as the decay is long: there in a straight line to zero.</summary>
    StableThenLinear,
}
