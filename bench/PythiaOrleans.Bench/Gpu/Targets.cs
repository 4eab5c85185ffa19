using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>What stages compute on: the device, and checkpoints of real shapes with random weights.</summary>
internal static class Targets
{
    private const int Rows = 8;
    private const int Length = 512;

    /// <summary>The device's name with its number: <c>cuda:0</c> or <c>cpu</c>.</summary>
    public static string Name => GpuKit.Device == "cuda" ? "cuda:0" : GpuKit.Device;

    /// <summary>The device.</summary>
    public static ComputeDevice Device => ComputeDevice.Parse(Name);

    /// <summary>Analyses that have a forward or backward pass, or decompositions.</summary>
    public static string[] OnDevice { get; } = ["weight-spectrum", "svd-directions", "residual-stream", "weight-gradients"];

    /// <summary>The analyses of these names, on a batch of random tokens.</summary>
    public static IReadOnlyList<IAnalysis> Analyses(ModelEntry model, IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(model);
        var settings = new AnalysisSettings(0, null) { Batch = ActivationsBench.RandomIds(model.Shape.VocabularyRows, Rows, Length) };
        return [.. AnalysisRegistry.BuiltIn.Create(settings).Where(analysis => names.Contains(analysis.Description.Name))];
    }

    /// <summary>One analysis of a checkpoint on a device.</summary>
    public static ResultTable Run(IAnalysis analysis, Checkpoint checkpoint, ModelEntry model, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(analysis);
        return analysis.Run(new AnalysisInput(checkpoint, checkpoint, null, model) { Device = device }, CancellationToken.None);
    }
}
