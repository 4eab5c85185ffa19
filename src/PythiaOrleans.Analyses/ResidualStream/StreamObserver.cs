using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Passes;
using TorchSharp;

namespace PythiaOrleans.Analyses.ResidualStream;

/// <summary>Counts the stream at each place as it passes.</summary>
internal sealed class StreamObserver : RowObserver<ResidualStreamAnalysis.Row>
{
    private const double OutlierDeviations = 6;

    private readonly List<ResidualStreamAnalysis.Row[]> _places = [];
    private StreamCounts _counts = new();
    private StreamTally[] _tallies = [];
    private double _loss;

    /// <inheritdoc />
    public override bool ReadsLoss => true;

    /// <inheritdoc />
    public override void OnPlaceStart(StreamPlace place, int parts) => (_counts, _tallies) = (new StreamCounts(), new StreamTally[parts]);

    /// <inheritdoc />
    public override void OnStream(StreamPlace place, PassPart part, torch.Tensor stream) =>
        _tallies[part.Index] = new StreamTally(stream, _counts);

    /// <inheritdoc />
    /// <remarks>Parts are counted apart and added up in their order.</remarks>
    public override IEnumerable<Action> OnPlaceEnd(StreamPlace place)
    {
        var all = StreamTally.Sum(_tallies, _counts);
        var rows = new ResidualStreamAnalysis.Row[2];
        _places.Add(rows);
        var left = rows.Length;
        return [Piece(0, "all", all.All), Piece(1, "inner", all.Inner)];

        Action Piece(int at, string name, StreamTally.Part part) => () =>
        {
            rows[at] = ToRow(place.Block, place.Component, name, part);
            if (Interlocked.Decrement(ref left) == 0)
            {
                all.Dispose();
            }
        };
    }

    /// <inheritdoc />
    public override void OnEnd(double loss) => _loss = loss;

    /// <inheritdoc />
    public override IEnumerable<ResidualStreamAnalysis.Row> Rows(CancellationToken cancellationToken) =>
        _places.SelectMany(rows => rows).Select(row => row with { Loss = _loss });

    private static ResidualStreamAnalysis.Row ToRow(int? block, string component, string parameter, StreamTally.Part part)
    {
        var (moments, quantiles, fits, histogram, below, above) = DistributionSummary.Compute(part.Values);
        var deviation = moments.Deviation;
        var outliers = Enumerable.Range(0, part.ChannelMax.Length)
            .Where(channel => part.ChannelMax[channel] > OutlierDeviations * deviation).ToArray();
        return new ResidualStreamAnalysis.Row(
            block, component, parameter, moments.Count, moments.MaxAbs, moments.Mean, deviation, moments.ExcessKurtosis,
            part.TokenNormMean, part.TokenNormMax, part.LargestChannel, part.LargestPosition, outliers.Length, outliers,
            fits.Best, fits.Student.Shape, fits.Logistic.LogLikelihood - fits.Gaussian.LogLikelihood, double.NaN, part.Values.NonFinite,
            histogram, below, above, quantiles);
    }
}
