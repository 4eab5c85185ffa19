using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// A published claim as a check on series. Each is one file; it is found by its type, so adding the file is all that is needed.
/// </summary>
/// <remarks>
/// A finding never looks at a model's name to decide; steps are judged as fractions of training, so that suites of other lengths can be
/// compared. Every number names the measures that it was computed from, and every measure has a number: the picture shows what was
/// judged.
/// </remarks>
public interface IFinding
{
    /// <summary>The name, <c>mlp-norms-peak</c>.</summary>
    string Id { get; }

    /// <summary>The claim in one sentence.</summary>
    string Claim { get; }

    /// <summary>What is judged, and how a picture shows it.</summary>
    IReadOnlyList<Measure> Measures { get; }

    /// <summary>The columns that must be there to judge.</summary>
    IReadOnlyList<SeriesColumn> Reads => [.. Measures.Where(measure => !measure.Optional).SelectMany(measure => measure.Columns)];

    /// <summary>
    /// Null models that the claim itself says to be true, so that to pass them is no fault: 'the spectrum stays that of a random
    /// matrix' must pass on one.
    /// </summary>
    IReadOnlyList<string> AssertedNulls => [];

    /// <summary>
    /// The measured numbers, each beside what the claim expects; none where the series are too few or too short to say anything.
    /// </summary>
    IEnumerable<Evidence> Judge(SeriesSet series);
}
