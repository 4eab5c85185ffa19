using System.Buffers.Binary;
using System.Text;
using PythiaOrleans.Reporting.Plots;
using SkiaSharp;

namespace PythiaOrleans.Reporting.Tests;

public sealed class AnimatedPngTests
{
    /// <summary>A frame's delay is a fraction of a second (PNG specification, fcTL): numerator at byte 20 of the chunk's data,
    /// denominator at byte 22.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(300)]
    public void Frames_LastOneOverTheRateEach(int framesPerSecond)
    {
        var file = AnimatedPng.Encode([Frame(SKColors.Red), Frame(SKColors.Green), Frame(SKColors.Blue)], framesPerSecond);
        var controls = Chunks(file).Where(chunk => chunk.Type == "fcTL").ToArray();
        Assert.Equal(3, controls.Length);
        Assert.All(controls, control =>
        {
            Assert.Equal(1, BinaryPrimitives.ReadUInt16BigEndian(control.Data.AsSpan(20)));
            Assert.Equal(framesPerSecond, BinaryPrimitives.ReadUInt16BigEndian(control.Data.AsSpan(22)));
        });
    }

    [Fact]
    public void Animation_CountsItsFramesAndNumbersItsChunks()
    {
        var file = AnimatedPng.Encode([Frame(SKColors.Red), Frame(SKColors.Green)], 4);
        var chunks = Chunks(file);
        Assert.Equal(2, BinaryPrimitives.ReadInt32BigEndian(chunks.Single(chunk => chunk.Type == "acTL").Data));
        var numbers = chunks.Where(chunk => chunk.Type is "fcTL" or "fdAT")
            .Select(chunk => BinaryPrimitives.ReadInt32BigEndian(chunk.Data))
            .ToArray();
        Assert.Equal(Enumerable.Range(0, numbers.Length), numbers);
        using var first = SKBitmap.Decode(file); // viewers without animation show the first frame
        Assert.Equal(SKColors.Red, first.GetPixel(1, 1));
    }

    private static byte[] Frame(SKColor color)
    {
        using var bitmap = new SKBitmap(4, 3);
        bitmap.Erase(color);
        using var image = SKImage.FromBitmap(bitmap);
        using var png = image.Encode(SKEncodedImageFormat.Png, 90);
        return png.ToArray();
    }

    private static List<(string Type, byte[] Data)> Chunks(byte[] png)
    {
        var chunks = new List<(string, byte[])>();
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            chunks.Add((Encoding.ASCII.GetString(png, at + 4, 4), png[(at + 8)..(at + 8 + length)]));
            at += length + 12;
        }

        return chunks;
    }
}
