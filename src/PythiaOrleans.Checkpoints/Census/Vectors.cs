namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Lengths and distances of sampled values, in double precision.</summary>
internal static class Vectors
{
    /// <summary>‖a − b‖; NaN where one of them holds a value that is no number.</summary>
    public static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = (double)a[i] - b[i];
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Σ aᵢ bᵢ.</summary>
    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }

    /// <summary>‖a‖.</summary>
    public static double Norm(ReadOnlySpan<float> a)
    {
        double sum = 0;
        foreach (var value in a)
        {
            sum += (double)value * value;
        }

        return Math.Sqrt(sum);
    }
}
