using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// The gradients of the parts of a batch, added up in the order of the parts, in whatever order they come: no sum depends on threads.
/// </summary>
internal sealed class GradientSums
{
    private readonly Lock _adding = new();
    private readonly Dictionary<int, IReadOnlyDictionary<WeightName, Tensor>> _early = [];
    private readonly Dictionary<WeightName, Tensor> _sums = [];
    private int _next;

    /// <summary>Adds a part's, which it frees; those of a later part wait for the earlier ones.</summary>
    /// <param name="part">Its number, from 0.</param>
    /// <param name="gradients">Of each matrix, float32, outside of any scope.</param>
    public void Add(int part, IReadOnlyDictionary<WeightName, Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        lock (_adding)
        {
            _early.Add(part, gradients);
            while (_early.Remove(_next, out var turn))
            {
                _next++;
                foreach (var (name, gradient) in turn)
                {
                    if (_sums.TryAdd(name, gradient))
                    {
                        continue;
                    }

                    _sums[name].Accumulate(gradient, 1);
                    gradient.Dispose();
                }
            }
        }
    }

    /// <summary>The sums, once all parts have come; the caller frees them.</summary>
    public IReadOnlyDictionary<WeightName, Tensor> Take() => _sums;
}
