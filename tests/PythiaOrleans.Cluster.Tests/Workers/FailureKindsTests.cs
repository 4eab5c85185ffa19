using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

public sealed class FailureKindsTests
{
    /// <summary>A corrupt tensor beside a store that is away: tried again, the corrupt one is found again.</summary>
    [Theory]
    [InlineData(FailureKind.Infrastructure, FailureKind.Permanent, FailureKind.Infrastructure, FailureKind.Transient)]
    [InlineData(FailureKind.Transient, FailureKind.Permanent, FailureKind.Transient)]
    [InlineData(FailureKind.WorkerDied, FailureKind.Permanent, FailureKind.WorkerDied)]
    [InlineData(FailureKind.Permanent, FailureKind.Permanent)]
    public void Failures_OfSeveralKinds_AreTriedAgainIfOneCanBe(FailureKind expected, params FailureKind[] kinds) =>
        Assert.Equal(expected, FailureKinds.MostSevere(kinds));
}
