using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>What one line style of a picture stands for.</summary>
internal sealed record PictureKey(string Text, Color Color, LinePattern Pattern);
