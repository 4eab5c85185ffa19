using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace PythiaOrleans.Server.Hosting;

/// <summary>Whether a start failed because another process had a port.</summary>
internal static class PortCollision
{
    /// <summary>Looks through an exception and those in it.</summary>
    public static bool Caused(Exception error) => error switch
    {
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } or AddressInUseException => true,
        AggregateException several => several.InnerExceptions.Any(Caused),
        { InnerException: { } inner } => Caused(inner),
        _ => false,
    };
}
