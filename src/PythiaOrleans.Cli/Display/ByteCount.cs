using System.Globalization;

namespace PythiaOrleans.Cli.Display;

/// <summary>
/// Reads what people write for an amount of bytes: <c>0</c>, <c>500MB</c>, <c>1.5 TB</c>; thousands, not 1024s, as the other outputs count.
/// </summary>
internal static class ByteCount
{
    private const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite;

    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB", "PB"];

    /// <exception cref="ArgumentException">The text is no amount.</exception>
    public static long Parse(string text)
    {
        var digits = text.TrimEnd().TrimEnd([.. "BKMGTPbkmgtp "]);
        var unit = text.Trim()[digits.Trim().Length..].Trim().ToUpperInvariant();
        var power = unit.Length == 0 ? 0 : Array.FindIndex(Units, known => known == unit || known == $"{unit}B");
        return power >= 0
            && decimal.TryParse(digits, Style, CultureInfo.InvariantCulture, out var amount)
            && amount <= long.MaxValue / (decimal)Math.Pow(1000, power)
            ? (long)(amount * (decimal)Math.Pow(1000, power))
            : throw new ArgumentException(
                $"'{text}' is no amount of bytes: expected a number with or without B, kB, MB, GB, TB or PB, for example 200GB.");
    }
}
