using System.Globalization;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// The pass rates of every rule on null models, as <c>pythia findings --null</c> computed them; they come with the program.
/// </summary>
public static class NullRates
{
    private const string Resource = "null-rates.csv";

    /// <summary>The first line of the table.</summary>
    public const string Header = "finding,part,null,passed,judged";

    /// <summary>All rates.</summary>
    public static IReadOnlyList<NullRate> All { get; } = Read();

    /// <summary>The rates of one part of a finding, one for each null model that it was tried on.</summary>
    public static IReadOnlyList<NullRate> Find(string finding, string part) =>
        [.. All.Where(rate => rate.Finding == finding && rate.Part == part)];

    /// <summary>A line of the table.</summary>
    public static string ToLine(NullRate rate)
    {
        ArgumentNullException.ThrowIfNull(rate);
        return string.Create(CultureInfo.InvariantCulture, $"{rate.Finding},{rate.Part},{rate.Null},{rate.Passed},{rate.Judged}");
    }

    private static List<NullRate> Read()
    {
        using var stream = typeof(NullRates).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The program lacks its resource '{Resource}'. Build it again.");
        using var reader = new StreamReader(stream);
        reader.ReadLine();
        var rates = new List<NullRate>();
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            var fields = line.Split(',');
            rates.Add(new NullRate(
                fields[0], fields[1], fields[2], int.Parse(fields[3], CultureInfo.InvariantCulture),
                int.Parse(fields[4], CultureInfo.InvariantCulture)));
        }

        return rates;
    }
}
