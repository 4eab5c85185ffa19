using SkiaSharp;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>At most 255 colours for all frames of a GIF: all that occur where they are so few, else those that cover most pixels.</summary>
internal sealed class GifPalette
{
    private const int MaxColors = 255;
    private const int BitsKept = 5;
    private const int Bins = 1 << (3 * BitsKept);

    private readonly Dictionary<uint, byte>? _exact;
    private readonly byte[] _nearest = [];

    private GifPalette(IReadOnlyList<SKColor> colors, bool isExact)
    {
        Table = new byte[3 * (MaxColors + 1)];
        for (var i = 0; i < colors.Count; i++)
        {
            (Table[3 * i], Table[(3 * i) + 1], Table[(3 * i) + 2]) = (colors[i].Red, colors[i].Green, colors[i].Blue);
        }

        if (isExact)
        {
            _exact = colors.Select((color, index) => ((uint)color, (byte)index)).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        }
        else
        {
            _nearest = [.. Enumerable.Range(0, Bins).Select(bin => Nearest(colors, Middle(bin)))];
        }
    }

    /// <summary>Red, green and blue of 256 colours; the last one is that of transparency.</summary>
    public byte[] Table { get; }

    /// <summary>Chooses the colours.</summary>
    public static GifPalette Create(IEnumerable<SKColor[]> frames)
    {
        var counts = new Dictionary<uint, long>();
        foreach (var pixel in frames.SelectMany(pixels => pixels))
        {
            counts[(uint)pixel] = counts.GetValueOrDefault((uint)pixel) + 1;
        }

        if (counts.Count <= MaxColors)
        {
            return new GifPalette([.. counts.Keys.Select(color => new SKColor(color))], isExact: true);
        }

        // Of colours that are nearly the same the most frequent one stands for all: white stays white.
        var bins = counts.GroupBy(pair => BinOf(new SKColor(pair.Key)))
            .OrderByDescending(bin => bin.Sum(pair => pair.Value)).Take(MaxColors);
        return new GifPalette([.. bins.Select(bin => new SKColor(bin.MaxBy(pair => pair.Value).Key))], isExact: false);
    }

    /// <summary>The place of each pixel's colour in the palette.</summary>
    public byte[] Map(SKColor[] pixels) => _exact is null
        ? Array.ConvertAll(pixels, pixel => _nearest[BinOf(pixel)])
        : Array.ConvertAll(pixels, pixel => _exact[(uint)pixel]);

    private static int BinOf(SKColor color) => (Kept(color.Red) << (2 * BitsKept)) | (Kept(color.Green) << BitsKept) | Kept(color.Blue);

    private static int Kept(byte channel) => channel >> (8 - BitsKept);

    private static SKColor Middle(int bin)
    {
        byte Channel(int shift) => (byte)(((((bin >> shift) & ((1 << BitsKept) - 1)) << (8 - BitsKept))) + (1 << (7 - BitsKept)));
        return new SKColor(Channel(2 * BitsKept), Channel(BitsKept), Channel(0));
    }

    private static byte Nearest(IReadOnlyList<SKColor> colors, SKColor wanted)
    {
        var (best, least) = (0, int.MaxValue);
        for (var i = 0; i < colors.Count; i++)
        {
            var (red, green, blue) = (colors[i].Red - wanted.Red, colors[i].Green - wanted.Green, colors[i].Blue - wanted.Blue);
            if ((red * red) + (green * green) + (blue * blue) is var distance && distance < least)
            {
                (best, least) = (i, distance);
            }
        }

        return (byte)best;
    }
}
