namespace PythiaOrleans.Reporting.Findings;

/// <summary>The picture of a finding: a panel for each measure and component that it judged.</summary>
/// <param name="Panels">The panels, in the order of the measures.</param>
public sealed record FindingPicture(IReadOnlyList<PicturePanel> Panels)
{
    /// <summary>Nothing was judged.</summary>
    public static FindingPicture Empty { get; } = new([]);
}
