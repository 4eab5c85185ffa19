using System.Net;
using System.Net.Sockets;

namespace PythiaOrleans.Testing;

/// <summary>Ports of this machine.</summary>
internal static class Ports
{
    // Below the ports that systems give to outgoing connections and to who asks for any port (32768 and up on Linux, 49152 elsewhere):
    // between being found and being listened on, a port of those may be taken by any request that a test on the other core makes.
    private const int First = 20_000;
    private const int Count = 10_000;

    private static int _next = Random.Shared.Next(Count);

    /// <summary>A port on which nothing listens. No other call in this process is given it.</summary>
    public static int FindFree() => FindFree(1);

    /// <summary>The first of <paramref name="together"/> ports in a row on which nothing listens.</summary>
    public static int FindFree(int together)
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (int)((uint)(Interlocked.Add(ref _next, together) - together) % (uint)Count);
            if (Enumerable.Range(port, together).All(IsFree))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"Ports {First} to {First + Count - 1}: all in use; end the programs that listen there.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
