using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Membership;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

public sealed class SiloTlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Certificate_OfTheAuthority_IsTaken()
    {
        var options = TestCertificates.Write(_folder.Root, "good");
        Assert.NotNull(SiloTls.Load(options));
        Assert.Null(SiloTls.Load(new SiloTlsOptions()));
    }

    [Fact]
    public void Certificate_OfAnotherAuthority_IsRefusedAtTheStart()
    {
        var other = TestCertificates.Write(_folder.Root, "two").Authority;
        var options = TestCertificates.Write(_folder.Root, "one") with { Authority = other };
        var error = Assert.Throws<ArgumentException>(() => SiloTls.Load(options));
        Assert.Contains("Tls:Authority", error.Message, StringComparison.Ordinal);
        Assert.Contains("CN=authority one", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_ThatIsMissing_IsNamed()
    {
        var options = TestCertificates.Write(_folder.Root, "good") with { Key = Path.Combine(_folder.Root, "nothing.pem") };
        Assert.Contains("nothing.pem", Assert.Throws<ArgumentException>(() => SiloTls.Load(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_ComeTogetherOrNotAtAll()
    {
        var options = new PythiaOptions { Tls = TestCertificates.Write(_folder.Root, "good") with { Authority = null } };
        Assert.Contains(
            "Tls:Certificate, Tls:Key and Tls:Authority together",
            Assert.Throws<ArgumentException>(() => SiloConfiguration.Validate(options)).Message, StringComparison.Ordinal);
    }
}
