using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>Reads parts of a stored tensor as float64: the slow way, for types that no kernel knows.</summary>
internal static class TensorValues
{
    /// <summary>Reads elements from <paramref name="start"/> on, as many as fit.</summary>
    public static void Read(StoredTensor tensor, long start, Span<double> into)
    {
        switch (tensor.DType)
        {
            case DType.F16:
                Convert<Half>(tensor, start, into, static value => (double)value);
                break;
            case DType.BF16:
                Convert<ushort>(tensor, start, into, static value => BitConverter.UInt32BitsToSingle((uint)value << 16));
                break;
            case DType.F32:
                Convert<float>(tensor, start, into, static value => value);
                break;
            case DType.F64:
                tensor.Read(start, into);
                break;
            default:
                throw new NotSupportedException($"Tensor '{tensor.Name}' holds {tensor.DType}; expected floating-point numbers.");
        }
    }

    private static void Convert<T>(StoredTensor tensor, long start, Span<double> into, Func<T, double> convert)
        where T : unmanaged
    {
        using var scratch = new Scratch<T>(into.Length);
        var from = scratch.First(into.Length);
        tensor.Read(start, from);
        for (var i = 0; i < from.Length; i++)
        {
            into[i] = convert(from[i]);
        }
    }
}
