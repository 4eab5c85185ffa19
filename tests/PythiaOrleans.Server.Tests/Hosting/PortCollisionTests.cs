using System.Net;
using System.Net.Sockets;
using PythiaOrleans.Server.Hosting;

namespace PythiaOrleans.Server.Tests;

/// <summary>Two processes that were started at once used to fail where one took the other's port.</summary>
public sealed class PortCollisionTests
{
    [Fact]
    public void Collision_IsFoundInWhatAStartThrows()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        using var second = new TcpListener(IPAddress.Loopback, ((IPEndPoint)first.LocalEndpoint).Port);
        var error = Assert.Throws<SocketException>(second.Start);

        Assert.True(PortCollision.Caused(error));
        Assert.True(PortCollision.Caused(new IOException("Failed to bind.", error)));
        Assert.True(PortCollision.Caused(new AggregateException(new InvalidOperationException("other"), new IOException("x", error))));
        Assert.False(PortCollision.Caused(new IOException("other", new SocketException((int)SocketError.ConnectionRefused))));
        Assert.False(PortCollision.Caused(new AggregateException()));
    }
}
