using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>Rotary position embedding for sequences of one length: cosines and sines, computed once.</summary>
public sealed class Rotary : IDisposable
{
    private readonly ModelShape _shape;
    private readonly long _rotated;
    private readonly Table _scaled;
    private readonly Table _plain;

    /// <summary>
    /// Angles position · base^(−2i/n), n = ⌊rotary_pct · d_head⌋ (Su et al. 2021, arXiv:2104.09864), or as the shape's scaling changes
    /// them.
    /// </summary>
    /// <param name="shape">The model's.</param>
    /// <param name="length">Positions of a sequence.</param>
    /// <param name="device">Where the tables are; the processor by default.</param>
    /// <param name="type">In which numbers.</param>
    /// <exception cref="ArgumentException">n is odd: its halves could not turn with each other.</exception>
    public Rotary(ModelShape shape, int length, Device? device = null, ScalarType type = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(shape);
        _shape = shape;
        _rotated = (long)(shape.HeadSize * shape.RotaryPct);
        if (_rotated % 2 != 0 || _rotated > shape.HeadSize)
        {
            throw new ArgumentException(
                $"rotary_pct {shape.RotaryPct} of head size {shape.HeadSize} gives {_rotated} dimensions: "
                + $"expected an even number of at most {shape.HeadSize}, as they turn in pairs.",
                nameof(shape));
        }

        using var scope = NewDisposeScope();
        _plain = new Table(shape, length, (int)_rotated, device ?? CPU, type, isScaled: false);
        _scaled = shape.RotaryScaling is null ? _plain : new Table(shape, length, (int)_rotated, device ?? CPU, type, isScaled: true);
    }

    /// <summary>Turns the first n dimensions of each head, the first half of them with the second.</summary>
    /// <param name="x">[batch, head, position, d_head].</param>
    /// <param name="block">From 0; a block without rotary embeddings gives x back.</param>
    /// <param name="isScaled">Whether the shape's scaling holds in this block.</param>
    public Tensor Apply(Tensor x, int block, bool isScaled = true)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (_rotated == 0 || !_shape.IsRotary(block))
        {
            return x;
        }

        var table = isScaled ? _scaled : _plain;
        var turned = x.narrow(3, 0, _rotated);
        var half = _rotated / 2;
        var crossed = cat([turned.narrow(3, half, half).neg(), turned.narrow(3, 0, half)], 3);
        var result = turned.mul(table.Cos).Plus(crossed.mul(table.Sin));
        return _rotated == x.shape[3] ? result : cat([result, x.narrow(3, _rotated, x.shape[3] - _rotated)], 3);
    }

    /// <summary>Frees the tables.</summary>
    public void Dispose()
    {
        _scaled.Dispose();
        _plain.Dispose();
    }

    private sealed class Table : IDisposable
    {
        public Table(ModelShape shape, int length, int rotated, Device device, ScalarType type, bool isScaled)
        {
            var frequencies = RotaryFrequencies.Compute(shape, rotated, length, isScaled);
            var scale = isScaled ? shape.RotaryScaling!.AttentionFactor : 1;
            var (cos, sin) = (new float[length * rotated], new float[length * rotated]);
            for (var position = 0; position < length; position++)
            {
                for (var i = 0; i < rotated; i++)
                {
                    var angle = position * frequencies[i % frequencies.Length];
                    cos[(position * rotated) + i] = (float)(Math.Cos(angle) * scale);
                    sin[(position * rotated) + i] = (float)(Math.Sin(angle) * scale);
                }
            }

            Cos = tensor(cos, [length, rotated]).to(device).to(type).DetachFromDisposeScope();
            Sin = tensor(sin, [length, rotated]).to(device).to(type).DetachFromDisposeScope();
        }

        public Tensor Cos { get; }

        public Tensor Sin { get; }

        public void Dispose()
        {
            Cos.Dispose();
            Sin.Dispose();
        }
    }
}
