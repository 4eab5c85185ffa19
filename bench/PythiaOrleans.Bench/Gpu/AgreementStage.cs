using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>The same analyses of one checkpoint on the device and on the processor.</summary>
internal static class AgreementStage
{
    // As docs/gpu.md promises: relative to the column's largest size.
    private const double Spectra = 1e-6;
    private const double Stream = 1e-5;

    private static readonly (string Analysis, string Column, double Limit)[] Compared =
    [
        ("weight-spectrum", "spectral_norm", Spectra), ("weight-spectrum", "stable_rank", Spectra),
        ("residual-stream", "max_abs", Stream), ("residual-stream", "std", Stream), ("residual-stream", "loss", Stream),
    ];

    public static void Run(Measurements numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        var model = ModelCatalog.Default.Find("nano-6");
        using var files = new RandomCheckpoint(model, 0);
        using var checkpoint = files.Open(0);
        foreach (var analysis in Targets.Analyses(model, [.. Compared.Select(one => one.Analysis)]))
        {
            var there = Targets.Run(analysis, checkpoint, model, Targets.Device);
            var here = Targets.Run(analysis, checkpoint, model, ComputeDevice.Cpu);
            foreach (var (name, column, limit) in Compared.Where(one => one.Analysis == analysis.Description.Name))
            {
                numbers.AddAtMost($"{name}.{column}_difference", Difference(there, here, column), limit);
            }
        }
    }

    private static double Difference(ResultTable there, ResultTable here, string column)
    {
        var largest = Enumerable.Range(0, here.Count).Max(row => Math.Abs(here[column].Number(row)));
        return Enumerable.Range(0, here.Count).Max(row => Math.Abs(there[column].Number(row) - here[column].Number(row))) / largest;
    }
}
