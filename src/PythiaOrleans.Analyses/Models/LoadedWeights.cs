using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// A checkpoint's weights as tensors. They are uploaded as they are stored, converted on the device when a block needs them, and freed when
/// it is done: never the whole
/// model at once.
/// </summary>
/// <param name="checkpoint">Whose weights.</param>
/// <param name="device">Where they go.</param>
/// <param name="gradients">Whether they collect gradients.</param>
/// <param name="type">The type of the tensors; null keeps that of the file.</param>
internal sealed class LoadedWeights(
    Checkpoint checkpoint, Device device, bool gradients = false, ScalarType? type = ScalarType.Float32) : IDisposable
{
    private readonly Dictionary<WeightName, Tensor> _held = [];

    /// <summary>The weights that are in memory now.</summary>
    public IReadOnlyDictionary<WeightName, Tensor> Held => _held;

    /// <summary>One parameter, held until <see cref="Release()"/>.</summary>
    public Tensor this[WeightName name]
    {
        get
        {
            lock (_held) // rows that pass on several threads share their weights
            {
                if (!_held.TryGetValue(name, out var tensor))
                {
                    _held[name] = tensor = Load(checkpoint[name].Tensor);
                }

                return tensor;
            }
        }
    }

    /// <summary>Frees what is held, and its gradients.</summary>
    public void Release() => Release(_ => true);

    /// <summary>Frees a part of it.</summary>
    public void Release(Func<WeightName, bool> which)
    {
        foreach (var name in _held.Keys.Where(which).ToArray())
        {
            _held.Remove(name, out var tensor);
            tensor!.grad?.Dispose();
            tensor.grad = null;
            tensor.Dispose();
        }
    }

    /// <inheritdoc />
    public void Dispose() => Release();

    private Tensor Load(StoredTensor stored)
    {
        CheckSize(stored);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var raw = StoredRows.ReadAll(stored);
        return raw.to(device).to(type ?? raw.dtype).requires_grad_(gradients).DetachFromDisposeScope();
    }

    private static void CheckSize(StoredTensor stored)
    {
        if (stored.ByteLength > int.MaxValue)
        {
            throw new NotSupportedException(
                $"Tensor '{stored.Name}' [{string.Join(", ", stored.Shape)}] takes {stored.ByteLength:N0} bytes; a model is run with "
                    + $"tensors of up to {int.MaxValue:N0}. Leave out the analyses that run the model.");
        }
    }
}
