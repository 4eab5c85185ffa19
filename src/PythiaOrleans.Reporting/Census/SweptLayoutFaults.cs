using PythiaOrleans.Checkpoints.Census;

namespace PythiaOrleans.Reporting.Census;

/// <summary>Steps of one model that hold other tensors than most of its steps, or values of another precision.</summary>
internal static class SweptLayoutFaults
{
    /// <param name="steps">The steps of one model.</param>
    public static IEnumerable<CensusFault> Find(IReadOnlyList<SweptStep> steps)
    {
        var layout = Majority.OfTexts(steps.Select(step => step.Layout));
        var grid = Majority.OfTexts(steps.Select(step => step.Grid ?? ""));
        foreach (var step in steps)
        {
            if (layout is not null && step.Layout != layout)
            {
                yield return Fault(step, FaultKind.OtherTensors, CensusSeverity.Bad,
                    "the names or sizes of its tensors are not those of most steps");
            }

            if (!string.IsNullOrEmpty(grid) && step.Grid is { } own && own != grid)
            {
                yield return Fault(step, FaultKind.OtherTypes, CensusSeverity.Note, $"its values are {own}, those of most steps {grid}");
            }
        }
    }

    private static CensusFault Fault(SweptStep step, FaultKind kind, CensusSeverity severity, string detail) =>
        new(step.Model, step.Step, step.Name, kind, severity, detail);
}
