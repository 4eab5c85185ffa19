using PythiaOrleans.Analyses.Devices;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.StreamControls;

/// <summary>
/// A change of basis that is the same for every checkpoint: each channel's sign is drawn with a seed, then the discrete Hartley transform
/// spreads it evenly over all channels.
/// </summary>
/// <remarks>
/// y_k = Σ_j s_j x_j (cos(2πjk/d) + sin(2πjk/d)) / √d: orthogonal for every d (Bracewell 1983; with random signs: Ailon and Chazelle 2009).
/// Lengths and angles stay; a channel that stands out does not stay alone.
/// </remarks>
internal static class RandomRotation
{
    private const int Seed = 1;

    /// <summary>The signs s.</summary>
    /// <param name="channels">d.</param>
    public static float[] Signs(int channels)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, channels).Select(_ => random.Next(2) == 0 ? -1f : 1f)];
    }

    /// <summary>Rotates vectors.</summary>
    /// <param name="x">[..., d], float32.</param>
    /// <returns>y, of the same shape; the caller's scope frees it.</returns>
    public static Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        var signs = tensor(Signs((int)x.shape[^1]), device: x.device);
        var spectrum = fft.fft_(x.mul(signs));
        return spectrum.real.Plus(spectrum.imag.neg()).Scale(1 / Math.Sqrt(x.shape[^1])).MoveToOuterDisposeScope();
    }
}
