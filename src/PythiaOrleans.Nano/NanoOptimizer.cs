using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Catalog;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Nano;

/// <summary>
/// AdamW with decoupled weight decay (Loshchilov and Hutter 2019), clipped gradients, Pythia's settings, on flat tensors.
/// </summary>
internal sealed class NanoOptimizer(NanoWeights weights, TrainingSchedule schedule) : IDisposable
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.95;
    private const double Epsilon = 1e-8;
    private const double LargestGradientNorm = 1.0;

    private readonly Tensor _mean = zeros_like(weights.Values);
    private readonly Tensor _square = zeros_like(weights.Values);

    /// <summary>Update n, counted from 0, at the schedule's rate for n (0 for the first, as in GPT-NeoX); clears the gradients.</summary>
    public void Step(int n)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var rate = schedule.LearningRate(n);
        var gradients = weights.Gradients;
        var norm = gradients.norm().item<float>();
        if (norm > LargestGradientNorm)
        {
            gradients.Scale(LargestGradientNorm / norm);
        }

        weights.Values.narrow(0, 0, weights.Decayed).Scale(1 - (rate * schedule.WeightDecay));
        _mean.Scale(Beta1).Accumulate(gradients, 1 - Beta1);
        _square.Scale(Beta2).AccumulateProduct(gradients, gradients, 1 - Beta2);
        var denominator = _square.clone().Scale(1 / (1 - Math.Pow(Beta2, n + 1))).sqrt_().Shift(Epsilon);
        weights.Values.AccumulateQuotient(_mean, denominator, -rate / (1 - Math.Pow(Beta1, n + 1)));
        gradients.zero_();
    }

    /// <summary>Frees the moments.</summary>
    public void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
    }
}
