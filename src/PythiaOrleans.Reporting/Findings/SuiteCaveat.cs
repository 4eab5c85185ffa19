using System.Globalization;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Says where a suite is so unlike Pythia, about which the claims were made, that verdicts must be read with care.</summary>
public static class SuiteCaveat
{
    // The smallest Pythia, and a tenth of its training.
    private const double SmallestPythia = 14e6;
    private const int ShortTraining = 14_300;

    /// <summary>The caveat; null where there is none.</summary>
    public static string? Find(SeriesSet series)
    {
        ArgumentNullException.ThrowIfNull(series);
        double[] sizes = [.. series.CountParameters().Values];
        var last = series.Tables.Values.SelectMany(table => table.Read<int>("step")).DefaultIfEmpty(int.MaxValue).Max();
        var small = sizes.Length > 0 && sizes.Max() < SmallestPythia;
        if (!small && last >= ShortTraining)
        {
            return null;
        }

        var (models, what) = (series.Models.Count.ToString(CultureInfo.InvariantCulture), small ? "small " : "");
        var parameters = sizes.Length == 0 ? "" : sizes.Length == 1
            ? $" of {Rounded(sizes[0])} parameters" : $" of {Rounded(sizes.Min())} to {Rounded(sizes.Max())} parameters";
        var trained = last.ToString("N0", CultureInfo.InvariantCulture);
        return "The claims were made about Pythia: models of 70 million parameters and more, trained for 143,000 steps. "
            + $"Here {models} {what}model{(series.Models.Count == 1 ? "" : "s")}{parameters} at up to {trained} steps are judged by them. "
            + "A verdict says whether these models show the same, not whether the claim is true of Pythia.";
    }

    // Two digits are as many as a reader wants.
    private static string Rounded(double count)
    {
        var unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(1, count))) - 1));
        return (unit * Math.Round(count / unit)).ToString("N0", CultureInfo.InvariantCulture);
    }
}
