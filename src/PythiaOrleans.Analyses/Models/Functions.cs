using PythiaOrleans.Analyses.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// Functions of the families that TorchSharp lacks, or that need constants which the garbage collector must not free (<see
/// cref="Arithmetic"/>).
/// </summary>
internal static class Functions
{
    private static readonly Scalar TwiceSlope = 2 * Math.Sqrt(2 / Math.PI);
    private static readonly Scalar TwiceCubic = 2 * Math.Sqrt(2 / Math.PI) * 0.044715;

    /// <summary>
    /// x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))) = x · sigmoid(2√(2/π)(x + 0.044715 x³)): GELU as GPT-2 approximates it (Hendrycks and
    /// Gimpel 2016, arXiv:1606.08415).
    /// </summary>
    public static Tensor TanhGelu(this Tensor x) => x.mul(x.mul(TwiceSlope).Plus(x.mul(x).mul(x).mul(TwiceCubic)).sigmoid());

    /// <summary>Shows what an MLP adds to the stream to who looks at it.</summary>
    /// <returns>The same tensor.</returns>
    public static Tensor ShowMlp(this BlockReaders? readers, Tensor written)
    {
        readers?.OnMlp?.Invoke(written);
        return written;
    }

    /// <summary>x / √(mean(x²) + ε) · gain over the last dimension (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
    public static Tensor RmsNorm(this Tensor x, Tensor gain, double eps)
    {
        var shift = tensor((float)eps, device: x.device);
        return x.mul(x.mul(x).mean([-1], keepdim: true).Plus(shift).rsqrt()).mul(gain);
    }
}
