using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>The tokens of leading singular directions as a table on the page, beside the directions' singular values.</summary>
internal sealed class TokensKind : FrameKind
{
    // All directions of every head with all their tokens would be too much for a page.
    private const int MaxDirections = 8;
    private const int MaxTokens = 10;

    /// <inheritdoc />
    public override string Name => PlotKind.Tokens.Name;

    /// <inheritdoc />
    public override bool HasPictures => false;

    /// <inheritdoc />
    protected override IReadOnlyCollection<string> OtherColumns => ["singular_values"];

    /// <inheritdoc />
    protected override Func<int, ReportLine, ReportLine?> Reader(ResultTable table, PlotDeclaration plot)
    {
        var (lists, spectra) = (table.Read<int[]?>(plot.Column), table.Read<double[]?>("singular_values"));
        return (row, line) =>
        {
            if (lists[row] is not { Length: > 0 } tokens || spectra[row] is not { Length: > 0 } sigma)
            {
                return null;
            }

            var each = tokens.Length / sigma.Length;
            return line with
            {
                Y = [.. sigma.Take(MaxDirections).Select(ReportLine.Rounded)],
                Tokens =
                    [.. tokens.Chunk(each).Take(Math.Min(MaxDirections, sigma.Length)).SelectMany(direction => direction.Take(MaxTokens))],
            };
        };
    }
}
