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

    /// <summary>
    /// Redis over TLS as an operator sets it up: with the cluster's own authority, or with one that the machine trusts.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Redis_OverTls_IsUsedByWhoTrustsIt_AndNobodyElse(bool ownAuthority)
    {
        using var suite = new TinySuite(steps: 3);
        var calm = await ClusterFixture.UndisturbedAsync(suite);
        var tls = TestCertificates.Write(suite.Folder, "redis");
        var trusted = ownAuthority ? Variables(tls) : new() { ["SSL_CERT_FILE"] = tls.Authority! };
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 1, environment: trusted, redisTls: tls);

        using var sweep = bed.StartSweep();
        var code = await bed.EndOfAsync(sweep);

        Assert.True(code == 0, sweep.Errors + bed.Log);
        Assert.Equal(calm, StoreFiles.Digests(bed.Store));

        string[] status = ["status", "tiny", "--store", bed.Store, "--cluster"];
        var stranger = TestCertificates.Write(suite.Folder, "stranger");
        var foreign = ownAuthority ? Variables(stranger) : new() { ["SSL_CERT_FILE"] = stranger.Authority! };
        var (refused, output, errors) = await PythiaProcess.RunAsync(foreign, [.. status, bed.Address]);
        Assert.True(refused == 1, output + errors);
        Assert.Contains("shows a certificate that is not trusted", errors, StringComparison.Ordinal);
        Assert.Contains("PYTHIA__TLS__AUTHORITY", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("password", errors, StringComparison.Ordinal);

        (refused, output, errors) = await PythiaProcess.RunAsync(trusted, [.. status, $"127.0.0.1:{bed.Redis.Port}"]);
        Assert.True(refused == 1, output + errors); // speaks no TLS
        Assert.Contains($"Redis at 127.0.0.1:{bed.Redis.Port} does not answer", errors.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Variables(SiloTlsOptions tls) => new()
    {
        ["PYTHIA__TLS__CERTIFICATE"] = tls.Certificate!,
        ["PYTHIA__TLS__KEY"] = tls.Key!,
        ["PYTHIA__TLS__AUTHORITY"] = tls.Authority!,
    };
}
