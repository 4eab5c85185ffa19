using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>Random orders of a matrix's values that are the same at each run and each checkpoint.</summary>
internal static class ValueOrder
{
    /// <summary>
    /// A seed of the name and nothing else: the same for every checkpoint, so that a curve over training changes with the weights only.
    /// </summary>
    public static int Seed(WeightName name) =>
        name.ToString().Aggregate(17, (seed, letter) => unchecked((seed * 31) + letter)) & int.MaxValue;

    /// <summary>Puts the values in another order, the same for the same seed.</summary>
    /// <returns>The array itself.</returns>
    public static float[] Shuffle(float[] values, int seed)
    {
        new Random(seed).Shuffle(values);
        return values;
    }
}
