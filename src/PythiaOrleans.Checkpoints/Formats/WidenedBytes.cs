using System.Buffers;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>The values of a tensor of narrow floating-point numbers, in the wider type; made each time they are read.</summary>
/// <param name="type">The narrow type, one that <see cref="DTypes.Widened"/> knows.</param>
/// <param name="codes">The tensor as it is stored.</param>
internal sealed class WidenedBytes(DType type, TensorBytes codes) : TensorBytes
{
    // Small enough for the caches.
    private const int CodesAtATime = 1 << 14;

    private const int BitsOfAByte = 8;

    private readonly int _width = type.Widened()!.Value.Width();
    private readonly int _bits = type.Bits();

    /// <inheritdoc />
    public override void Read(long offset, Span<byte> into)
    {
        var narrow = ArrayPool<byte>.Shared.Rent(CodesAtATime);
        var wide = ArrayPool<byte>.Shared.Rent(CodesAtATime * BitsOfAByte / _bits * _width);
        for (var next = offset / _width; !into.IsEmpty;)
        {
            // Of numbers that share a byte the first one that is wanted may be its second.
            var from = next * _bits / BitsOfAByte;
            var skipped = (int)(next - (from * BitsOfAByte / _bits));
            var wanted = skipped + (into.Length / _width);
            var count = (int)Math.Min(CodesAtATime, (((long)wanted * _bits) + BitsOfAByte - 1) / BitsOfAByte);
            codes.Read(from, narrow.AsSpan(0, count));

            var values = count * BitsOfAByte / _bits;
            var widened = wide.AsSpan(0, values * _width);
            NarrowFloats.Widen(type, narrow.AsSpan(0, count), widened);
            var used = Math.Min(wanted, values) - skipped;
            widened.Slice(skipped * _width, used * _width).CopyTo(into);
            into = into[(used * _width)..];
            next += used;
        }

        ArrayPool<byte>.Shared.Return(narrow);
        ArrayPool<byte>.Shared.Return(wide);
    }
}
