using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace PythiaOrleans.Server.Planning;

/// <summary>What one core does in a second, by four small loops that take half a second in all.</summary>
/// <param name="Flops">Float32 operations in registers.</param>
/// <param name="HashedBytes">Bytes through SHA-256.</param>
/// <param name="Counts">Values counted.</param>
/// <param name="Logarithms">Logarithms of float64 numbers, each after the one before.</param>
/// <remarks>
/// Each loop runs in slices of about a millisecond, in turn with the others, and the fastest slice counts: what else runs on the machine
/// lengthens some slices, but seldom all of them. No libtorch is needed; its products use the same instructions as <see cref="Flops"/>.
/// </remarks>
public sealed record MachineProbe(double Flops, double HashedBytes, double Counts, double Logarithms)
{
    private static readonly TimeSpan Takes = TimeSpan.FromMilliseconds(500);

    /// <summary>Of the core on which the rates of <see cref="CostModel"/> were measured: an Intel Xeon with AVX-512.</summary>
    public static MachineProbe OfReference { get; } = new(179e9, 1.44e9, 1.2e9, 48.5e6);

    /// <summary>Measures the core that this thread runs on.</summary>
    public static MachineProbe Measure()
    {
        var hashed = new byte[1 << 16];
        var digest = new byte[SHA256.HashSizeInBytes];
        var values = new ushort[1 << 18];
        var counts = new int[1 << 16];
        var random = new Random(0);
        for (var i = 0; i < values.Length; i++)
        {
            // Like weights: a bell over a part of the patterns.
            values[i] = (ushort)(random.Next(1 << 14) + random.Next(1 << 14) + random.Next(1 << 14));
        }

        var best = Best(MultiplyAndAdd, () => Hash(hashed, digest), () => Count(values, counts), TakeLogarithms);
        return new MachineProbe(best[0], best[1], best[2], best[3]);
    }

    /// <summary>How fast the first core is beside the second.</summary>
    public static MachineSpeed operator /(MachineProbe one, MachineProbe other) => new(
        one.Flops / other.Flops, one.HashedBytes / other.HashedBytes, one.Counts / other.Counts, one.Logarithms / other.Logarithms);

    // The highest rate of each loop; a slice gives how much it did. The first slices compile the code and fetch its pages.
    private static double[] Best(params Func<double>[] slices)
    {
        var (best, started) = (new double[slices.Length], Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(started) < Takes)
        {
            for (var i = 0; i < slices.Length; i++)
            {
                var sliced = Stopwatch.GetTimestamp();
                var done = slices[i]();
                best[i] = Math.Max(best[i], done / Stopwatch.GetElapsedTime(sliced).TotalSeconds);
            }
        }

        return best;
    }

    private static double Hash(byte[] data, byte[] digest)
    {
        const int times = 16;
        for (var i = 0; i < times; i++)
        {
            SHA256.HashData(data, digest);
        }

        return times * (double)data.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Count(ushort[] values, int[] counts)
    {
        foreach (var value in values)
        {
            counts[value]++;
        }

        return values.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double TakeLogarithms()
    {
        const int times = 50_000;
        var value = 2.0;
        for (var i = 0; i < times; i++)
        {
            value = 2 + (1 / Math.Log(value));
        }

        return value > 0 ? times : 0; // else nothing would have to be computed
    }

    private static double MultiplyAndAdd() => Avx512F.IsSupported ? Multiply512() : Multiply256();

    // Eight sums at once hide the four or five cycles that one operation takes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Multiply512()
    {
        const int times = 100_000;
        var (factor, addend) = (Vector512.Create(0.5f), Vector512.Create(1f));
        Vector512<float> a = addend, b = addend, c = addend, d = addend, e = addend, f = addend, g = addend, h = addend;
        for (var i = 0; i < times; i++)
        {
            a = Avx512F.FusedMultiplyAdd(a, factor, addend);
            b = Avx512F.FusedMultiplyAdd(b, factor, addend);
            c = Avx512F.FusedMultiplyAdd(c, factor, addend);
            d = Avx512F.FusedMultiplyAdd(d, factor, addend);
            e = Avx512F.FusedMultiplyAdd(e, factor, addend);
            f = Avx512F.FusedMultiplyAdd(f, factor, addend);
            g = Avx512F.FusedMultiplyAdd(g, factor, addend);
            h = Avx512F.FusedMultiplyAdd(h, factor, addend);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h) > 0 ? 2.0 * 8 * Vector512<float>.Count * times : 0;
    }

    // Where there are no 256 bits, the runtime makes two registers of each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Multiply256()
    {
        const int times = 100_000;
        var (factor, addend) = (Vector256.Create(0.5f), Vector256.Create(1f));
        Vector256<float> a = addend, b = addend, c = addend, d = addend, e = addend, f = addend, g = addend, h = addend;
        for (var i = 0; i < times; i++)
        {
            a = Vector256.FusedMultiplyAdd(a, factor, addend);
            b = Vector256.FusedMultiplyAdd(b, factor, addend);
            c = Vector256.FusedMultiplyAdd(c, factor, addend);
            d = Vector256.FusedMultiplyAdd(d, factor, addend);
            e = Vector256.FusedMultiplyAdd(e, factor, addend);
            f = Vector256.FusedMultiplyAdd(f, factor, addend);
            g = Vector256.FusedMultiplyAdd(g, factor, addend);
            h = Vector256.FusedMultiplyAdd(h, factor, addend);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h) > 0 ? 2.0 * 8 * Vector256<float>.Count * times : 0;
    }
}
