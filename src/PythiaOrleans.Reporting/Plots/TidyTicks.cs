using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Ticks of an axis: at round numbers, and at least two of them wherever the axis has two different ends.</summary>
/// <param name="isLogarithmic">Whether positions on the axis are decimal logarithms of the values.</param>
/// <param name="label">The label of a value.</param>
/// <param name="isWhole">Whether only whole numbers are marked.</param>
/// <param name="mirror">Where values run down the axis: the position of value 0, from which the others are taken away.</param>
internal sealed class TidyTicks(bool isLogarithmic, Func<double, string> label, bool isWhole = false, double? mirror = null)
    : ITickGenerator
{
    private const double Rounding = 1e-9;

    // Room for one tick with its label, in pixels.
    private const float TickHeight = 34;
    private const float TickWidth = 64;

    private static readonly double[] Multiples = [1, 2, 5, 10];

    /// <inheritdoc />
    public Tick[] Ticks { get; private set; } = [];

    /// <inheritdoc />
    public int MaxTickCount { get; set; } = 12;

    /// <inheritdoc />
    public void Regenerate(CoordinateRange range, Edge edge, PixelLength size, Paint paint, LabelStyle labelStyle)
    {
        var room = (int)(size.Length / (edge is Edge.Left or Edge.Right ? TickHeight : TickWidth));
        var most = Math.Clamp(room, 3, MaxTickCount);
        Ticks = isLogarithmic
            ? [.. LogarithmicValues(Math.Pow(10, range.Min), Math.Pow(10, range.Max), most)
                .Select(value => Tick.Major(Math.Log10(value), label(value)))]
            : [.. Values(range, most).Select(value => Tick.Major(mirror is { } zero ? zero - value : value, label(value)))];
    }

    /// <summary>Round numbers at equal distances within a range.</summary>
    /// <param name="low">The lower end.</param>
    /// <param name="high">The upper end.</param>
    /// <param name="most">How many there may be; from 2.</param>
    /// <param name="isWhole">Whether only whole numbers are wanted.</param>
    /// <returns>At least two values where the range holds two that may be marked.</returns>
    public static IReadOnlyList<double> LinearValues(double low, double high, int most, bool isWhole = false)
    {
        var width = high - low;
        if (!(width > 0))
        {
            return [low];
        }

        var unit = Math.Pow(10, Math.Floor(Math.Log10(width / most)));
        var steps = Multiples.Select(multiple => multiple * unit).ToList();
        var at = Math.Max(0, steps.FindIndex(step => step >= width / most * (1 - Rounding)));
        double[] values = [];
        // A step that fits the room may still leave a single round number within the range: then the next smaller one is taken.
        for (; at >= -Multiples.Length && values.Length < 2; at--)
        {
            var step = at >= 0 ? steps[at] : Multiples[^-at] * unit / 10;
            step = isWhole ? Math.Max(1, Math.Round(step)) : step;
            values = Between(low, high, step);
        }

        return values;
    }

    /// <summary>Powers of ten; 1, 2 and 5 times them where those are fewer than two; else numbers at equal distances.</summary>
    /// <param name="low">The lower end, above zero.</param>
    /// <param name="high">The upper end.</param>
    /// <param name="most">How many there may be.</param>
    public static IReadOnlyList<double> LogarithmicValues(double low, double high, int most)
    {
        var (first, last) = ((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)));
        int[] decades = [.. Enumerable.Range(first, last - first + 1).Where(power => IsWithin(Math.Pow(10, power)))];
        if (decades.Length > 2 || (decades.Length == 2 && high / low > 300))
        {
            var every = (int)Math.Ceiling(decades.Length / (double)most);
            return [.. decades.Where(power => power % every == 0).Select(power => Math.Pow(10, power))];
        }

        double[] some =
        [
            .. Enumerable.Range(first, last - first + 1).SelectMany(power => new[] { 1, 2, 5 }.Select(f => f * Math.Pow(10, power)))
                .Where(IsWithin),
        ];
        return some.Length >= 3 ? some : LinearValues(low, high, most);

        bool IsWithin(double value) => value >= low * (1 - Rounding) && value <= high * (1 + Rounding);
    }

    private IReadOnlyList<double> Values(CoordinateRange range, int most) => mirror is { } zero
        ? LinearValues(zero - range.Max, zero - range.Min, most, isWhole)
        : LinearValues(range.Min, range.Max, most, isWhole);

    private static double[] Between(double low, double high, double step)
    {
        var first = Math.Ceiling((low / step) - Rounding);
        var count = (int)(Math.Floor((high / step) + Rounding) - first) + 1;
        return [.. Enumerable.Range(0, Math.Max(0, count)).Select(i => Clean((first + i) * step))];
    }

    // 3 times 0.1 is 0.30000000000000004.
    private static double Clean(double value) => value == 0 ? 0 : Math.Round(value, Math.Clamp(
        12 - (int)Math.Ceiling(Math.Log10(Math.Abs(value))), 0, 15));
}
