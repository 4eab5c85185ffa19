using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>Results were damaged. They were put aside, so that they count as missing: the sweep must be planned again, and computes them again.</summary>
/// <param name="keys">The results.</param>
/// <param name="problem">What is wrong with the first of them.</param>
public sealed class DamagedResultsException(IReadOnlyList<ResultKey> keys, string problem)
    : Exception($"{keys.Count} results were damaged and put aside, the first: {problem}")
{
    /// <summary>The results that are missing now.</summary>
    public IReadOnlyList<ResultKey> Keys { get; } = keys;
}
