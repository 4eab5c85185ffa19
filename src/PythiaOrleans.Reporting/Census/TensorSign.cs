namespace PythiaOrleans.Reporting.Census;

/// <summary>What two tensors share where they are equal, and practically nowhere else.</summary>
/// <remarks>
/// Without a digest these are statistics of all values, exact to the last bit: the order of values that are equal as a set is not seen.
/// </remarks>
/// <param name="Count">How many values it has.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Norm">The root of the sum of squares.</param>
/// <param name="Kurtosis">Their excess kurtosis.</param>
/// <param name="Digest">SHA-256 of the bytes; null where the sweep has none of some tensors.</param>
internal readonly record struct TensorSign(
    long Count, double Min, double Max, double Mean, double Norm, double Kurtosis, string? Digest);
