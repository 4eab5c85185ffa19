using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>Arithmetic of tensors with numbers that stay alive while libtorch reads them.</summary>
/// <remarks>
/// TorchSharp 0.107 turns each number of an operator into a <see cref="Scalar"/> that nothing holds: <c>x + y</c> is add(x, y, alpha: 1).
/// Its finalizer may free the number while the native call still reads it: seldom, but seen, the call then fails, or computes with garbage.
/// Code that runs often uses these instead of the operators.
/// </remarks>
internal static class Arithmetic
{
    private static readonly Scalar One = 1;

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x ← x · factor.</summary>
    public static Tensor Scale(this Tensor x, double factor)
    {
        using Scalar held = factor;
        return x.mul_(held);
    }

    /// <summary>x ← x + number.</summary>
    public static Tensor Shift(this Tensor x, double number)
    {
        using Scalar held = number;
        return x.add_(held);
    }

    /// <summary>x ← x + factor · y.</summary>
    public static Tensor Accumulate(this Tensor x, Tensor y, double factor)
    {
        using Scalar held = factor;
        return x.add_(y, held);
    }

    /// <summary>x ← x + factor · y · z, elementwise.</summary>
    public static Tensor AccumulateProduct(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using Scalar held = factor;
        return x.addcmul_(y, z, held);
    }

    /// <summary>x ← x + factor · y / z, elementwise.</summary>
    public static Tensor AccumulateQuotient(this Tensor x, Tensor y, Tensor z, double factor)
    {
        using Scalar held = factor;
        return x.addcdiv_(y, z, held);
    }
}
