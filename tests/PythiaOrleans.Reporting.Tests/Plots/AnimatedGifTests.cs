using System.Text;
using PythiaOrleans.Reporting.Plots;
using SkiaSharp;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>GIFs are read back by Skia's decoder, which is not ours.</summary>
public sealed class AnimatedGifTests
{
    [Fact]
    public void Frames_OfFewColours_AreReadBackAsTheyWere()
    {
        SKColor[][] pictures = [Noise(1, 200), Noise(2, 200), Noise(1, 200)];
        var file = AnimatedGif.Encode([.. pictures.Select(Png)], 10);
        Assert.Equal("GIF89a", Encoding.ASCII.GetString(file, 0, 6));
        using var codec = SKCodec.Create(new MemoryStream(file));
        Assert.Equal((SKEncodedImageFormat.Gif, 3, -1), (codec.EncodedFormat, codec.FrameCount, codec.RepetitionCount));
        Assert.All(codec.FrameInfo, frame => Assert.Equal(100, frame.Duration)); // milliseconds
        Assert.All(pictures.Select((picture, index) => (picture, index)), pair => Assert.Equal(pair.picture, Read(codec, pair.index)));
    }

    /// <summary>4,096 codes fill up within a few thousand pixels of noise: the table is emptied and filled again many times.</summary>
    [Fact]
    public void Frame_OfMoreColoursThanAGifHas_IsNearlyTheSame()
    {
        var picture = Noise(3, 100_000);
        using var codec = SKCodec.Create(new MemoryStream(AnimatedGif.Encode([Png(picture)], 10)));
        var read = Read(codec, 0);
        var errors = picture.Zip(read, (one, other) => Math.Abs(one.Green - other.Green)).ToArray();
        Assert.InRange(errors.Average(), 0, 30);
        Assert.Equal(SKColors.White, read[0]); // the most frequent colour is exact
    }

    private const int Side = 160;

    private static SKColor[] Noise(int seed, int colors)
    {
        var random = new Random(seed);
        var palette = Enumerable.Range(0, colors).Select(index => index == 0
            ? SKColors.White : new SKColor((byte)(index * 37), (byte)(index / 3), (byte)(index * 91))).ToArray();
        return [.. Enumerable.Range(0, Side * Side).Select(at => at < Side * 20 ? SKColors.White : palette[random.Next(colors)])];
    }

    private static byte[] Png(SKColor[] pixels)
    {
        using var bitmap = new SKBitmap(Side, Side) { Pixels = pixels };
        using var image = SKImage.FromBitmap(bitmap);
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static SKColor[] Read(SKCodec codec, int frame)
    {
        using var bitmap = new SKBitmap(codec.Info);
        Assert.Equal(SKCodecResult.Success, codec.GetPixels(codec.Info, bitmap.GetPixels(), new SKCodecOptions(frame)));
        return bitmap.Pixels;
    }
}
