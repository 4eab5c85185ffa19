namespace PythiaOrleans.Reporting.Census;

/// <summary>
/// Statistics of all values of a tensor, exact to the last bit, that two tensors share where they are equal, and practically nowhere
/// else: the order of values that are equal as a set is not seen.
/// </summary>
/// <param name="Count">How many values it has.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Norm">The root of the sum of squares.</param>
/// <param name="Kurtosis">Their excess kurtosis.</param>
internal readonly record struct TensorSign(long Count, double Min, double Max, double Mean, double Norm, double Kurtosis);
