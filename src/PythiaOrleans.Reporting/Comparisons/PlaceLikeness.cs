namespace PythiaOrleans.Reporting.Comparisons;

/// <summary>How alike two models' representations are at two places of the stream.</summary>
/// <param name="Place">Of the first model: <c>embed_in</c>, <c>block 3</c>, <c>final_layer_norm</c>.</param>
/// <param name="OtherPlace">Of the other one.</param>
/// <param name="Cka">Unbiased linear CKA: 1 for the same but for rotation and scale, about 0 for independent ones; null where a state was
/// not finite.</param>
/// <param name="IsSameDepth">Whether both are the embedding, the final norm, or blocks at the same share of the depth.</param>
public sealed record PlaceLikeness(string Place, string OtherPlace, double? Cka, bool IsSameDepth);
