using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The command line says each error of the storage in one sentence, soon, and never aborts.</summary>
public sealed class StorageErrorTests : IDisposable
{
    // Of the process' own start on a busy machine; the storage is given up after 8 s.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);

    public void Dispose() => _silent.Dispose();

    [Theory]
    [InlineData("status")]
    [InlineData("verify", "tiny")]
    [InlineData("report", "tiny")]
    [InlineData("series", "tiny", "--analysis", "weight-moments")]
    [InlineData("why", "tiny-a@step0")]
    public async Task Storage_WithoutAListener_IsOneSentence(params string[] command)
    {
        var (output, errors) = await FailAsync(Connection(Ports.FindFree()), [.. command, "--store", "az://pythia"]);
        Assert.Empty(output.Trim());
        Assert.StartsWith("az://pythia does not answer", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_ThatNeverAnswers_IsOneSentence()
    {
        _silent.Start();
        var (_, errors) = await FailAsync(Connection(((IPEndPoint)_silent.LocalEndpoint).Port), ["status", "--store", "az://pythia"]);
        Assert.StartsWith("az://pythia does not answer", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sweep_IntoStorageWithoutAListener_IsOneSentence()
    {
        using var suite = new TinySuite(steps: 2);
        var arguments = suite.SweepArguments("store");
        arguments[Array.IndexOf(arguments, "--store") + 1] = "az://pythia";
        var (_, errors) = await FailAsync(Connection(Ports.FindFree()), arguments);
        Assert.StartsWith("az://pythia does not answer", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_WithAnImpossibleName_IsAMistakeOfTheCommand()
    {
        var (code, _, errors) = await PythiaProcess.RunAsync(Connection(Ports.FindFree()), "status", "--store", "az://ab");
        Assert.Equal(2, code);
        Assert.Contains("3 to 63", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Identity_IsNotSentToAnUnknownHost()
    {
        var (code, _, errors) = await PythiaProcess.RunAsync("plan", "--source", "https://storage.evil.example/container/prefix");
        Assert.Equal(2, code);
        Assert.Contains("PYTHIA_IDENTITY_HOSTS", errors, StringComparison.Ordinal);
    }

    private static async Task<(string Output, string Errors)> FailAsync(Dictionary<string, string> environment, string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        var (code, output, errors) = await PythiaProcess.RunAsync(environment, arguments);
        Assert.True(code == 1, $"exit code {code}\n{errors}");
        Assert.Single(errors.Trim().Split('\n'));
        Assert.True(clock.Elapsed < Limit, $"{clock.Elapsed}");
        return (output, errors);
    }

    private static Dictionary<string, string> Connection(int port) => new()
    {
        ["AZURE_STORAGE_CONNECTION_STRING"] =
            "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=AAAA;"
            + $"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;",
    };
}
