using System.Net;
using System.Net.Sockets;

namespace PythiaOrleans.Testing;

/// <summary>Ports of this machine.</summary>
internal static class Ports
{
    /// <summary>A port on which nothing listens; another process may take it before it is used.</summary>
    public static int FindFree()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
