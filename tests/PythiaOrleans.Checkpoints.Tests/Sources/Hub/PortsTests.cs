using System.Net;
using System.Net.Sockets;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <remarks>Ports are given out to the whole process, one after the other: nothing else may ask for one meanwhile.</remarks>
[CollectionDefinition(nameof(PortsTests), DisableParallelization = true)]
[Collection(nameof(PortsTests))]
public class PortsTests
{
    // The cases' hub listens on two ports in a row; a hub whose second one was another program's seemed to have started, and had not.
    [Fact]
    public void PortsInARow_HoldNoneThatIsTaken_AndNoneThatAConnectionMayTake()
    {
        using var other = new TcpListener(IPAddress.Loopback, Ports.FindFree() + 1);
        other.Start();
        var taken = ((IPEndPoint)other.LocalEndpoint).Port;

        var first = Ports.FindFree(together: 2);

        Assert.DoesNotContain(taken, new[] { first, first + 1 });
        Assert.All([first, first + 1], port => Assert.InRange(port, 1024, 32_767));
        Assert.NotInRange(Ports.FindFree(), first, first + 1);
    }
}
