using System.Globalization;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>One line: a model's index, a block, and one value for each x (null: not measured).</summary>
internal sealed record ReportLine(int Model, int? Block, IReadOnlyList<double?> Y)
{
    /// <summary>The attention head that the line is of, from 0.</summary>
    public int? Head { get; init; }

    /// <summary>The Marchenko-Pastur edge of a spectrum.</summary>
    public double? Edge { get; init; }

    /// <summary>The cells of a heat map above its diagonal, row by row, as signed bytes of 1/127.</summary>
    public byte[]? Cells { get; init; }

    /// <summary>Places of a heat map's rows in the order that was found for them.</summary>
    public IReadOnlyList<int>? Order { get; init; }

    /// <summary>The token ids of a heat map's rows, or of directions: equally many for each value of <see cref="Y"/>.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>Four digits are as many as a screen can show; null for what is not finite.</summary>
    public static double? Rounded(double value) => double.IsFinite(value)
        ? double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : null;
}
