using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>Rotary position embedding of one length: cosines and sines, made once.</summary>
internal sealed class Rotary : IDisposable
{
    private readonly long _rotated;
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    /// <summary>Angles position · base^(−2i/n), n = ⌊rotary_pct · d_head⌋ (Su et al. 2021, arXiv:2104.09864).</summary>
    /// <exception cref="ArgumentException">n is odd: its halves could not turn with each other.</exception>
    public Rotary(ModelShape shape, int length, Device? device = null, ScalarType type = ScalarType.Float32)
    {
        _rotated = (long)(shape.HeadSize * shape.RotaryPct);
        if (_rotated % 2 != 0)
        {
            throw new ArgumentException($"rotary_pct {shape.RotaryPct} of head size {shape.HeadSize} gives {_rotated} dimensions; they are turned in pairs, expected an even number.", nameof(shape));
        }

        var half = (int)_rotated / 2;
        var (cos, sin) = (new float[length * _rotated], new float[length * _rotated]);
        for (var position = 0; position < length; position++)
        {
            for (var i = 0; i < _rotated; i++)
            {
                var angle = position * Math.Pow(shape.RotaryBase, -2.0 * (i % half) / _rotated);
                cos[(position * _rotated) + i] = (float)Math.Cos(angle);
                sin[(position * _rotated) + i] = (float)Math.Sin(angle);
            }
        }

        using var scope = NewDisposeScope();
        _cos = tensor(cos, [length, _rotated]).to(device ?? CPU).to(type).DetachFromDisposeScope();
        _sin = tensor(sin, [length, _rotated]).to(device ?? CPU).to(type).DetachFromDisposeScope();
    }

    /// <summary>Turns the first n dimensions of each head, the first half of them with the second.</summary>
    /// <param name="x">[batch, head, position, d_head].</param>
    public Tensor Apply(Tensor x)
    {
        if (_rotated == 0)
        {
            return x;
        }

        var turned = x.narrow(3, 0, _rotated);
        var half = _rotated / 2;
        var crossed = cat([turned.narrow(3, half, half).neg(), turned.narrow(3, 0, half)], 3);
        var result = turned.mul(_cos).Plus(crossed.mul(_sin));
        return _rotated == x.shape[3] ? result : cat([result, x.narrow(3, _rotated, x.shape[3] - _rotated)], 3);
    }

    /// <summary>Frees the tables.</summary>
    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
