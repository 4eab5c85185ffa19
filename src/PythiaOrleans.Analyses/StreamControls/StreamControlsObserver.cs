using System.Runtime.InteropServices;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Checkpoints.Families;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.StreamControls;

/// <summary>Reads the stream at each place and what blocks add to it; at the end it runs two passes with held channels.</summary>
/// <param name="input">What the task computes on.</param>
/// <param name="precision">In which numbers the model runs.</param>
/// <param name="batch">The tokens [row][position].</param>
internal sealed class StreamControlsObserver(AnalysisInput input, Precision precision, long[][] batch)
    : RowObserver<StreamControlsAnalysis.Row>
{
    private const string Positions = "inner";

    private readonly long[] _tokens = [.. batch.SelectMany(row => row.Skip(1))];
    private readonly List<PlaceSums> _places = [];
    private readonly Dictionary<int, (double RSquared, int Positions)> _updateLookups = [];
    private readonly Dictionary<int, (double RSquared, int Positions)> _mlpLookups = [];
    private readonly double[] _losses = new double[batch.Length];
    private Tensor?[] _before = [];
    private float[] _update = Values(batch, input);
    private float[] _written = Values(batch, input);
    private float[] _lastUpdate = Values(batch, input); // of the place before, which may still be read
    private float[] _lastWritten = Values(batch, input);
    private bool _isMlpShown;

    /// <inheritdoc />
    public override bool ReadsMlp => true;

    /// <inheritdoc />
    public override bool ReadsLoss => true;

    /// <inheritdoc />
    public override void OnPlaceStart(StreamPlace place, int parts)
    {
        _places.Add(new PlaceSums(place, parts));
        _before = _before.Length == 0 ? new Tensor?[parts] : _before;
        _isMlpShown = false;
        (_update, _lastUpdate) = (_lastUpdate, _update);
        (_written, _lastWritten) = (_lastWritten, _written);
    }

    /// <inheritdoc />
    public override void OnMlp(int block, PassPart part, Tensor written)
    {
        using var scope = NewDisposeScope();
        Copy(Inner(written), part, _written);
        _isMlpShown = true;
    }

    /// <inheritdoc />
    public override void OnStream(StreamPlace place, PassPart part, Tensor stream)
    {
        using var scope = NewDisposeScope();
        var inner = Inner(stream);
        _places[^1].Read(part.Index, stream, inner);
        using var before = _before[part.Index];
        if (place.Block is not null && before is not null)
        {
            Copy(inner.Plus(before.neg()), part, _update);
        }

        _before[part.Index] = place.Component == Components.FinalLayerNorm ? null : inner.clone().DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public override IEnumerable<Action> OnPlaceEnd(StreamPlace place)
    {
        if (place.Block is not { } block)
        {
            return [];
        }

        return _isMlpShown ? [Piece(_update, _updateLookups), Piece(_written, _mlpLookups)] : [Piece(_update, _updateLookups)];

        Action Piece(float[] values, Dictionary<int, (double RSquared, int Positions)> found) =>
            () => found[block] = TokenLookup.Compute(values, _tokens);
    }

    /// <inheritdoc />
    public override void OnLosses(PassPart part, double[] losses) => losses.CopyTo(_losses, part.FirstRow);

    /// <inheritdoc />
    public override IEnumerable<StreamControlsAnalysis.Row> Rows(CancellationToken cancellationToken) =>
        _places.Select(ToRow).Append(HeldRow(cancellationToken));

    // [rows × inner positions × d]
    private static float[] Values(long[][] batch, AnalysisInput input) =>
        new float[batch.Length * (batch[0].Length - 1) * input.Checkpoint.Shape.HiddenSize];

    // [rows, length, d] without each row's first position, in float32.
    private static Tensor Inner(Tensor stream) => stream.narrow(1, 1, stream.shape[1] - 1).to(float32);

    private static void Copy(Tensor inner, PassPart part, float[] all)
    {
        var values = MemoryMarshal.Cast<byte, float>(inner.cpu().contiguous().bytes);
        values.CopyTo(all.AsSpan(part.FirstRow * (int)(inner.shape[1] * inner.shape[2])));
    }

    private StreamControlsAnalysis.Row ToRow(PlaceSums sums)
    {
        var (plain, rotated) = (sums.Plain, sums.Rotated);
        var row = new StreamControlsAnalysis.Row(sums.Place.Block, sums.Place.Component, Positions)
        {
            ExcessKurtosis = plain.ExcessKurtosis,
            RotatedExcessKurtosis = rotated.ExcessKurtosis,
            LargestOverRms = plain.LargestOverRms,
            RotatedLargestOverRms = rotated.LargestOverRms,
        };
        if (sums.Place.Block is not { } block)
        {
            return row;
        }

        var update = _updateLookups[block];
        return row with
        {
            UpdateLookup = update.RSquared,
            MlpLookup = _mlpLookups.TryGetValue(block, out var mlp) ? mlp.RSquared : null,
            LookupPositions = update.Positions,
        };
    }

    // One channel for the whole model: that of the largest |x| before the final norm.
    private StreamControlsAnalysis.Row HeldRow(CancellationToken cancellationToken)
    {
        var channel = _places.Where(sums => sums.Place.Component != Components.FinalLayerNorm)
            .Select(sums => sums.Largest).MaxBy(largest => largest.Value).Channel;
        double[][] means = [.. _places.Select(sums => sums.Means)];
        var others = HeldChannels.Others(batch.Length, means[0].Length, channel);
        var held = Losses([.. batch.Select(_ => channel)]);
        double[] rises = [.. Losses(others).Zip(_losses, (loss, plain) => loss - (plain / (batch[0].Length - 1)))];
        var loss = _losses.Sum() / (batch.Length * (batch[0].Length - 1));
        return new StreamControlsAnalysis.Row(null, "logits", "batch")
        {
            LargestChannel = channel,
            Loss = loss,
            HeldLoss = held.Average(),
            HeldRise = held.Average() - loss,
            ControlRise = rises.Average(),
            ControlRiseMax = rises.Max(),
        };

        double[] Losses(int[] channels) => HeldChannels.Losses(input, precision, batch, channels, means, cancellationToken);
    }
}
