using PythiaOrleans.Analyses.Passes;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.RepresentationGeometry;

/// <summary>Keeps the states of one place until all rows have passed, and measures them.</summary>
internal sealed class GeometryObserver : RowObserver<RepresentationGeometryAnalysis.Row>
{
    private const string Positions = "inner";

    private readonly List<PlaceGeometry> _places = [];
    private readonly List<StreamPlace> _names = [];
    private Tensor?[] _states = [];

    /// <inheritdoc />
    public override void OnPlaceStart(StreamPlace place, int parts) => _states = new Tensor[parts];

    /// <inheritdoc />
    /// <remarks>Without each row's first position.</remarks>
    public override void OnStream(StreamPlace place, PassPart part, Tensor stream)
    {
        using var scope = NewDisposeScope();
        var inner = stream.narrow(1, 1, stream.shape[1] - 1).to(float32);
        _states[part.Index] = inner.reshape(-1, stream.shape[2]).clone().DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public override IEnumerable<Action> OnPlaceEnd(StreamPlace place)
    {
        var geometry = new PlaceGeometry([.. _states.OfType<Tensor>()]);
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
