using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.StreamControls;

/// <summary>The loss of each row where one channel of the stream is held at its mean, at every place before the final norm.</summary>
internal sealed class HeldChannels : PassObserver
{
    private const int Seed = 1;

    private readonly double[] _losses;

    private HeldChannels(int rows) => _losses = new double[rows];

    /// <inheritdoc />
    public override bool ReadsLoss => true;

    /// <summary>Runs a pass.</summary>
    /// <param name="input">What the task computes on.</param>
    /// <param name="precision">In which numbers the model runs.</param>
    /// <param name="batch">The tokens [row][position].</param>
    /// <param name="channels">The channel that is held, one for each row.</param>
    /// <param name="means">Each channel's mean, at every place [place][d].</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    /// <returns>Mean over each row's predicted tokens, in nats.</returns>
    public static double[] Losses(
        AnalysisInput input, Precision precision, long[][] batch, int[] channels, double[][] means, CancellationToken cancellationToken)
    {
        var observer = new HeldChannels(batch.Length);
        new ObservedPass(input.Checkpoint, PassPlan.Forward(input, precision), [observer], cancellationToken) { Change = Hold }.Run(batch);
        observer.Failure?.Throw();
        return Array.ConvertAll(observer._losses, loss => loss / (batch[0].Length - 1));

        void Hold(StreamPlace place, PassPart part, Tensor stream)
        {
            if (place.Component == Components.FinalLayerNorm)
            {
                return;
            }

            using var scope = NewDisposeScope();
            for (var row = 0; row < stream.shape[0]; row++)
            {
                var channel = channels[part.FirstRow + row];
                using Scalar mean = means[place.Index][channel];
                stream.select(0, row).select(1, channel).fill_(mean);
            }
        }
    }

    /// <summary>Channels drawn at random, one for each row, none twice where there are enough; the same for every checkpoint.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="channels">Channels of the stream.</param>
    /// <param name="besides">The channel that is left out.</param>
    public static int[] Others(int rows, int channels, int besides)
    {
        int[] all = [.. Enumerable.Range(0, channels)];
        new Random(Seed).Shuffle(all);
        int[] others = channels > 1 ? [.. all.Where(channel => channel != besides)] : all;
        return [.. Enumerable.Range(0, rows).Select(row => others[row % others.Length])];
    }

    /// <inheritdoc />
    public override void OnLosses(PassPart part, double[] losses) => losses.CopyTo(_losses, part.FirstRow);
}
