using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>A cluster whose silos and clients show each other certificates.</summary>
public sealed class TlsClusterTests
{
    [Fact]
    public async Task Sweep_OverTls_IsThatOfAPlainCluster_AndStrangersAreNotLetIn()
    {
        using var suite = new TinySuite(steps: 6);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        var tls = Variables(TestCertificates.Write(suite.Folder, "cluster"));
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1, environment: tls);

        using var sweep = bed.StartSweep();
        var code = await bed.EndOfAsync(sweep);

        Assert.True(code == 0, sweep.Errors + bed.Log);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));

        string[] status = ["status", "tiny", "--cluster", bed.Address, "--store", bed.Store];
        var strangers = await Task.WhenAll(
            PythiaProcess.RunAsync(status), // speaks no TLS
            PythiaProcess.RunAsync(Variables(TestCertificates.Write(suite.Folder, "stranger")), status));
        foreach (var (refused, output, errors) in strangers)
        {
            Assert.True(refused == 1, output + errors);
            Assert.Contains("No silo of cluster 'pythia'", errors, StringComparison.Ordinal);
            Assert.Contains("PYTHIA__TLS__CERTIFICATE", errors, StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, string> Variables(SiloTlsOptions tls) => new()
    {
        ["PYTHIA__TLS__CERTIFICATE"] = tls.Certificate!,
        ["PYTHIA__TLS__KEY"] = tls.Key!,
        ["PYTHIA__TLS__AUTHORITY"] = tls.Authority!,
    };
}
