using PythiaOrleans.Analyses.Passes;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.RepresentationGeometry;

/// <summary>Keeps the states of one place until all rows have passed, and measures them.</summary>
/// <param name="batch">The tokens [row][position].</param>
internal sealed class GeometryObserver(long[][] batch) : RowObserver<RepresentationGeometryAnalysis.Row>
{
    private const string Positions = "inner";

    private readonly List<PlaceGeometry> _places = [];
    private readonly List<StreamPlace> _names = [];
    private readonly Lock _starting = new();
    private Tensor? _states; // [rows × inner positions, d]

    /// <inheritdoc />
    public override void OnPlaceStart(StreamPlace place, int parts) => _states = null;

    /// <inheritdoc />
    /// <remarks>Without each row's first position.</remarks>
    public override void OnStream(StreamPlace place, PassPart part, Tensor stream)
    {
        using var scope = NewDisposeScope();
        var (rows, inner, width) = (stream.shape[0], stream.shape[1] - 1, stream.shape[2]);
        lock (_starting)
        {
            _states ??= empty([batch.Length * inner, width], float32, stream.device).DetachFromDisposeScope();
        }

        _states.narrow(0, part.FirstRow * inner, rows * inner).view(rows, inner, width).copy_(stream.narrow(1, 1, inner));
    }

    /// <inheritdoc />
    public override IEnumerable<Action> OnPlaceEnd(StreamPlace place)
    {
        var geometry = new PlaceGeometry(_states!);
        _places.Add(geometry);
        _names.Add(place);
        var left = 2;
        return [Piece(geometry.MeasureSpectrum), Piece(geometry.MeasureKernel)];

        Action Piece(Action measure) => () =>
        {
            try
            {
                measure();
            }
            finally
            {
                if (Interlocked.Decrement(ref left) == 0)
                {
                    geometry.Dispose();
                }
            }
        };
    }

    /// <inheritdoc />
    public override IEnumerable<RepresentationGeometryAnalysis.Row> Rows(CancellationToken cancellationToken) =>
        _names.Zip(_places, (place, geometry) => new RepresentationGeometryAnalysis.Row(
            place.Block, place.Component, Positions, geometry.Points, geometry.RankMe, geometry.AlphaReq, geometry.ParticipationRatio,
            geometry.Anisotropy, geometry.IntrinsicDimension, geometry.NonFinite, geometry.Kernel));
}
