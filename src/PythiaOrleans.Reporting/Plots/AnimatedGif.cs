using SkiaSharp;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Pictures of one size as one animated GIF, repeated without end: GIF89a with the loop extension of Netscape 2.0.</summary>
/// <remarks>
/// SkiaSharp, which draws the pictures, writes no GIF; the libraries that do are out of support, or not free for companies. Plots have few
/// colours, so one palette of 255 serves all frames; the last entry is transparent and stands for what does not change.
/// </remarks>
internal static class AnimatedGif
{
    private const int PaletteSize = 256;
    private const byte Transparent = PaletteSize - 1;
    private const int CodeBits = 8;
    private const int MaxCodeBits = 12;
    private const int MaxBlock = 255;

    /// <summary>Joins frames.</summary>
    /// <param name="frames">PNG files of the same size.</param>
    /// <param name="framesPerSecond">From 1; GIF counts hundredths of a second, and viewers slow down what is faster than 50.</param>
    public static byte[] Encode(IReadOnlyList<byte[]> frames, int framesPerSecond)
    {
        using var first = SKBitmap.Decode(frames[0]);
        var (width, height) = (first.Width, first.Height);
        var palette = GifPalette.Create(frames.Select(Pixels));
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("GIF89a"u8);
        WriteSize(writer, width, height);
        writer.Write([0xF7, 0, 0]); // a palette of 256 colours of 8 bits a channel, no background, square pixels
        writer.Write(palette.Table);
        writer.Write([0x21, 0xFF, 11]);
        writer.Write("NETSCAPE2.0"u8);
        writer.Write([3, 1, 0, 0, 0]); // repeated without end
        byte[]? before = null;
        foreach (var frame in frames)
        {
            var indices = palette.Map(Pixels(frame));
            writer.Write([0x21, 0xF9, 4, 0x05]); // the frame stays under the next one, and has a transparent colour
            writer.Write((ushort)Math.Max(2, Math.Round(100.0 / framesPerSecond)));
            writer.Write([Transparent, 0, 0x2C]);
            WriteSize(writer, 0, 0);
            WriteSize(writer, width, height);
            writer.Write([(byte)0, (byte)CodeBits]);
            WriteBlocks(writer, Compress(Difference(indices, before)));
            before = indices;
        }

        writer.Write((byte)0x3B);
        writer.Flush();
        return file.ToArray();
    }

    private static SKColor[] Pixels(byte[] png)
    {
        using var bitmap = SKBitmap.Decode(png);
        return bitmap.Pixels;
    }

    private static byte[] Difference(byte[] indices, byte[]? before) => before is null
        ? indices
        : [.. indices.Select((index, at) => index == before[at] ? Transparent : index)];

    private static void WriteSize(BinaryWriter writer, int width, int height)
    {
        writer.Write((ushort)width);
        writer.Write((ushort)height);
    }

    private static void WriteBlocks(BinaryWriter writer, byte[] bytes)
    {
        foreach (var block in bytes.Chunk(MaxBlock))
        {
            writer.Write((byte)block.Length);
            writer.Write(block);
        }

        writer.Write((byte)0);
    }

    // The variant of LZW in appendix F of the GIF89a specification.
    private static byte[] Compress(byte[] indices)
    {
        const int clear = 1 << CodeBits, end = clear + 1;
        var bits = new BitWriter();
        var codes = new Dictionary<int, int>(1 << MaxCodeBits);
        var (width, next, prefix) = (CodeBits + 1, end + 1, -1);
        bits.Write(clear, width);
        foreach (var index in indices)
        {
            if (prefix < 0)
            {
                prefix = index;
            }
            else if (codes.TryGetValue((prefix << CodeBits) | index, out var known))
            {
                prefix = known;
            }
            else
            {
                bits.Write(prefix, width);
                codes[(prefix << CodeBits) | index] = next;
                width += next == 1 << width && width < MaxCodeBits ? 1 : 0;
                if (++next > 1 << MaxCodeBits)
                {
                    bits.Write(clear, width);
                    codes.Clear();
                    (width, next) = (CodeBits + 1, end + 1);
                }

                prefix = index;
            }
        }

        bits.Write(prefix, width);
        bits.Write(end, width);
        return bits.ToArray();
    }

    /// <summary>Codes of varying width, the lowest bit first.</summary>
    private sealed class BitWriter
    {
        private readonly List<byte> _bytes = [];
        private uint _pending;
        private int _count;

        public void Write(int code, int width)
        {
            _pending |= (uint)code << _count;
            for (_count += width; _count >= 8; _count -= 8, _pending >>= 8)
            {
                _bytes.Add((byte)_pending);
            }
        }

        public byte[] ToArray() => _count > 0 ? [.. _bytes, (byte)_pending] : [.. _bytes];
    }
}
