using PythiaOrleans.Checkpoints.Families;
using TorchSharp;

namespace PythiaOrleans.Analyses.Models;

/// <summary>Weights as tensors on the task's device.</summary>
public static class WeightTensors
{
    /// <summary>Copies a parameter's values to the device on which the task computes.</summary>
    /// <param name="input">What the analysis was given.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="type">In which numbers; float64 loses nothing, whatever is stored.</param>
    /// <returns>A tensor of the parameter's own shape, without gradient. The caller disposes it: it belongs to no dispose scope.</returns>
    /// <exception cref="KeyNotFoundException">The model's family has no such parameter.</exception>
    /// <exception cref="NotSupportedException">It does not hold floating-point numbers.</exception>
    public static torch.Tensor Load(this AnalysisInput input, WeightName name, torch.ScalarType type = torch.ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new LoadedWeights(input.Checkpoint, input.Device.Torch, type: type)[name];
    }
}
