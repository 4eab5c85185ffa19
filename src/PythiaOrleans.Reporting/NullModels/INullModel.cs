using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.NullModels;

/// <summary>
/// A way to make the series of a suite in which there is nothing to find: what chance or mere smoothness alone would show.
/// </summary>
public interface INullModel
{
    /// <summary>The name, <c>smooth</c>.</summary>
    string Name { get; }

    /// <summary>What the series are, in one sentence.</summary>
    string Description { get; }

    /// <summary>The series of one suite; the same seed gives the same series.</summary>
    SeriesSet Draw(int seed);
}
