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
/// <param name="type">The type of the tensors; null keeps that of the file.</param>
internal sealed class LoadedWeights(Checkpoint checkpoint, Device device, ScalarType? type = ScalarType.Float32) : IDisposable
{
    private const long LargeCount = 1 << 22;
    private const long PieceCount = 1 << 20;

    private readonly Dictionary<WeightName, Tensor> _held = [];
    private readonly HashSet<Tensor> _unfinished = [];

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

    /// <summary>
    /// Loads large weights in pieces that may run side by side: else one thread reads and converts while others wait for it. Small ones,
    /// and those that go to a GPU, are left to <see cref="this[WeightName]"/>. Nothing is held twice, but for a piece on each thread.
    /// </summary>
    /// <param name="names">Weights that are about to be asked for; those that the model lacks are passed over.</param>
    /// <returns>The pieces; a weight is held when its last one has run.</returns>
    public IReadOnlyList<Action> Prepare(IEnumerable<WeightName> names)
    {
        if (device.type != DeviceType.CPU)
        {
            return [];
        }

        lock (_held)
        {
            return
            [
                .. names.Where(name => !_held.ContainsKey(name) && checkpoint.Find(name) is { Tensor.Count: >= LargeCount })
                    .SelectMany(name => Pieces(name, checkpoint[name].Tensor)),
            ];
        }
    }

    /// <summary>The same for all weights of a block.</summary>
    public IReadOnlyList<Action> PrepareBlock(int block) =>
        Prepare(checkpoint.Parameters.Select(parameter => parameter.Name).Where(name => name.Block == block));

    /// <summary>Frees what is held.</summary>
    public void Release() => Release(_ => true);

    /// <summary>Frees a part of it.</summary>
    public void Release(Func<WeightName, bool> which)
    {
        foreach (var name in _held.Keys.Where(which).ToArray())
        {
            _held.Remove(name, out var tensor);
            tensor!.Dispose();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Release();
        foreach (var tensor in _unfinished)
        {
            tensor.Dispose();
        }

        _unfinished.Clear();
    }

    private Tensor Load(StoredTensor stored)
    {
        CheckSize(stored);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var raw = StoredRows.ReadAll(stored);
        return raw.to(device).to(type ?? raw.dtype).DetachFromDisposeScope();
    }

    private IEnumerable<Action> Pieces(WeightName name, StoredTensor stored)
    {
        CheckSize(stored);
        var whole = new Lazy<Tensor>(Allocate);
        var left = (int)((stored.Count + PieceCount - 1) / PieceCount);
        for (long start = 0; start < stored.Count; start += PieceCount)
        {
            var from = start;
            yield return () => Load(from);
        }

        void Load(long from)
        {
            using var scope = NewDisposeScope();
            StoredRows.Copy(stored, from, whole.Value.view(-1).narrow(0, from, Math.Min(PieceCount, stored.Count - from)));
            if (Interlocked.Decrement(ref left) > 0)
            {
                return;
            }

            lock (_held)
            {
                _unfinished.Remove(whole.Value);
                if (!_held.TryAdd(name, whole.Value))
                {
                    whole.Value.Dispose(); // asked for meanwhile
                }
            }
        }

        Tensor Allocate()
        {
            var tensor = empty([.. stored.Shape], type ?? StoredRows.TypeOf(stored)).DetachFromDisposeScope();
            lock (_held)
            {
                _unfinished.Add(tensor);
            }

            return tensor;
        }
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
