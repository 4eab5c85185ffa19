using PythiaOrleans.Analyses.Passes;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.StreamControls;

/// <summary>Sums over the stream at one place; parts of the batch are summed apart and added up in their order.</summary>
/// <param name="place">The place.</param>
/// <param name="parts">The parts of the batch.</param>
internal sealed class PlaceSums(StreamPlace place, int parts)
{
    private readonly PowerSums[] _plain = new PowerSums[parts];
    private readonly PowerSums[] _rotated = new PowerSums[parts];
    private readonly double[][] _means = new double[parts][];
    private readonly float[][] _largest = new float[parts][];
    private readonly long[] _tokens = new long[parts];

    /// <summary>The place.</summary>
    public StreamPlace Place => place;

    /// <summary>Of the values of all positions but the first of each row.</summary>
    public PowerSums Plain => _plain.Aggregate((a, b) => a + b);

    /// <summary>The same of the values after <see cref="RandomRotation"/>.</summary>
    public PowerSums Rotated => _rotated.Aggregate((a, b) => a + b);

    /// <summary>Each channel's mean over all positions [d].</summary>
    public double[] Means
    {
        get
        {
            var sums = new double[_means[0].Length];
            for (var part = 0; part < _means.Length; part++)
            {
                for (var channel = 0; channel < sums.Length; channel++)
                {
                    sums[channel] += _means[part][channel] * _tokens[part];
                }
            }

            double tokens = _tokens.Sum();
            return Array.ConvertAll(sums, sum => sum / tokens);
        }
    }

    /// <summary>The channel of the largest |x| of all positions, and that value.</summary>
    public (int Channel, float Value) Largest
    {
        get
        {
            var found = (Channel: 0, Value: float.NegativeInfinity);
            for (var channel = 0; channel < _largest[0].Length; channel++)
            {
                var value = _largest.Max(part => part[channel]);
                found = value > found.Value ? (channel, value) : found;
            }

            return found;
        }
    }

    /// <summary>Reads a part.</summary>
    /// <param name="part">Which one.</param>
    /// <param name="stream">[rows, length, d].</param>
    /// <param name="inner">The same without each row's first position, in float32.</param>
    public void Read(int part, Tensor stream, Tensor inner)
    {
        using var scope = NewDisposeScope();
        _plain[part] = PowerSums.Of(inner);
        _rotated[part] = PowerSums.Of(RandomRotation.Apply(inner));
        _means[part] = stream.to(float64).mean([0, 1]).cpu().data<double>().ToArray();
        _largest[part] = stream.to(float32).abs().amax([0, 1]).cpu().data<float>().ToArray();
        _tokens[part] = stream.shape[0] * stream.shape[1];
    }
}
