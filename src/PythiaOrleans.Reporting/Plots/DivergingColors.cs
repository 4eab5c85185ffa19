using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Blue below the middle, white at it, orange above: the page's heat maps have the same colours.</summary>
internal sealed class DivergingColors : IColormap
{
    private static readonly Color Low = Color.FromHex("#0072B2");
    private static readonly Color High = Color.FromHex("#E67800");

    /// <inheritdoc />
    public string Name => "blue, white, orange";

    /// <inheritdoc />
    public Color GetColor(double position)
    {
        if (double.IsNaN(position))
        {
            return Colors.Transparent;
        }

        var share = Math.Clamp((2 * position) - 1, -1, 1);
        var end = share < 0 ? Low : High;
        byte Mix(byte channel) => (byte)Math.Round(255 + (Math.Abs(share) * (channel - 255)));
        return new Color(Mix(end.R), Mix(end.G), Mix(end.B));
    }
}
