using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Messaging;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>The silos of a cluster that its membership lists for clients.</summary>
/// <param name="Listed">How many are listed. A silo that was killed stays so until another says that it is dead.</param>
/// <param name="Listening">How many of them accept connections.</param>
internal readonly record struct Gateways(int Listed, int Listening)
{
    // Silos of one network answer in milliseconds; one on another continent in a quarter of a second.
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(2);

    /// <summary>Whether it is worth trying to connect: some listen, or it is not known.</summary>
    public static bool MayListen(Gateways? found) => found is null or { Listening: > 0 };

    /// <summary>Reads the list and tries each; null where the list cannot be read just now: the client itself says why.</summary>
    /// <param name="configure">Where the membership is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<Gateways?> TryFindAsync(Action<IClientBuilder> configure, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(configure);
        using var host = builder.Build();
        try
        {
            var list = host.Services.GetRequiredService<IGatewayListProvider>();
            await list.InitializeGatewayListProvider().WaitAsync(cancellationToken);
            var gateways = await list.GetGateways().WaitAsync(cancellationToken);
            var listening = await Task.WhenAll(gateways.Select(gateway => ListensAsync(gateway, cancellationToken)));
            return new Gateways(listening.Length, listening.Count(listens => listens));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // gwy.tcp://ADDRESS:PORT/GENERATION
    private static async Task<bool> ListensAsync(Uri gateway, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectLimit);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(gateway.Host.Trim('[', ']')), gateway.Port), limit.Token);
            return true;
        }
        catch (Exception error) when (
            error is SocketException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
