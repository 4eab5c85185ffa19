using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Server.Tests;

public sealed class SiloConfigurationTests
{
    private const string Hash = "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef";

    /// <summary>Each setting with a value that it must refuse, and a word of what it expects instead.</summary>
    [Theory]
    [InlineData("ClusterId", "", "required")]
    [InlineData("ServiceId", "", "required")]
    [InlineData("Store", "", "required")]
    [InlineData("Role", "7", "Control")]
    [InlineData("Silo:Address", "localhost", "127.0.0.1")]
    [InlineData("Silo:Port", "65536", "65535")]
    [InlineData("Silo:GatewayPort", "-1", "65535")]
    [InlineData("Http:Address", "localhost:80", "127.0.0.1:8080")]
    [InlineData("Api:RequestsPerSecond", "0", "100000")]
    [InlineData("Api:FailedLoginsPerMinute", "0", "100000")]
    [InlineData("Api:EventStreams", "0", "100000")]
    [InlineData("Membership:ProbeTimeout", "00:02:00", "00:01:00")]
    [InlineData("Membership:MissedProbes", "0", "100")]
    [InlineData("Membership:Votes", "11", "10")]
    [InlineData("Membership:Refresh", "00:00:00", "00:05:00")]
    [InlineData("Worker:Device", "tpu", "cuda:0")]
    [InlineData("Worker:Slots", "1025", "1024")]
    [InlineData("Worker:Memory", "1", "1048576")]
    [InlineData("Worker:Prefetch", "65", "64")]
    [InlineData("Worker:HeartbeatPeriod", "00:20:00", "00:10:00")]
    [InlineData("Worker:Grace", "02:00:00", "01:00:00")]
    [InlineData("Dispatcher:LeaseDuration", "00:00:00", "01:00:00")]
    [InlineData("Dispatcher:MaxDeaths", "0", "100")]
    public void Setting_OutOfRange_IsRefusedByNameWithWhatWasFoundAndExpected(string setting, string found, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => SiloConfiguration.Read(null, [new(setting, found)]));
        Assert.All([setting, $"'{found}'", expected, "docs/configuration.md"], words => Assert.Contains(words, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", Hash, "Read", "Api:Keys:1:Name")]
    [InlineData("two\nlines", Hash, "Read", "Api:Keys:1:Name")]
    [InlineData("dashboard", "", "Read", "Api:Keys:1:Hash")]
    [InlineData("dashboard", "abc", "Read", "Api:Keys:1:Hash")]
    [InlineData("dashboard", "ab", "Read", "Api:Keys:1:Hash")]
    [InlineData("dashboard", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd", "Read", "Api:Keys:1:Hash")] // 62 digits
    [InlineData("dashboard", Hash + "00", "Read", "Api:Keys:1:Hash")]
    [InlineData("dashboard", "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "Read", "Api:Keys:1:Hash")]
    [InlineData("dashboard", Hash, "9", "Api:Keys:1:Scope")]
    public void ApiKey_ThatCouldNeverMatch_IsRefusedByItsPlaceInTheList(string name, string hash, string scope, string setting)
    {
        var error = Assert.Throws<ArgumentException>(() => SiloConfiguration.Read(null, Keys(("alice", Hash, "Write"), (name, hash, scope))));
        Assert.Contains($"{setting}: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Api:Keys:0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ApiKeys_AreRead()
    {
        var keys = SiloConfiguration.Read(null, Keys(("alice", Hash, "Write"), ("grafana", Hash.ToUpperInvariant(), "Read"))).Api.Keys;
        Assert.Equal([("alice", ApiScope.Write), ("grafana", ApiScope.Read)], keys.Select(key => (key.Name, key.Scope)));
    }

    [Fact]
    public void Problems_AreToldAllAtOnce()
    {
        var error = Assert.Throws<ArgumentException>(() => SiloConfiguration.Read(null, [new("Worker:Slots", "5000"), new("Api:Keys:0:Name", "x"), new("Silo:Port", "70000")]));
        Assert.All(["Worker:Slots", "Api:Keys:0:Hash", "Silo:Port"], words => Assert.Contains(words, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Worker:Slotz", "2", "Slotz")]
    [InlineData("Worker:Slots", "two", "Worker:Slots")]
    [InlineData("Api:Keys:0:Scope", "Owner", "Api:Keys:0:Scope")]
    public void Setting_ThatIsUnknownOrUnreadable_IsNamed(string setting, string value, string named)
    {
        var error = Assert.Throws<ArgumentException>(() => SiloConfiguration.Read(null, [new(setting, value)]));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_AreValid() => Assert.Equal(SiloRole.All, SiloConfiguration.Validate(new PythiaOptions()).Role);

    [Fact]
    public async Task Silo_WithOptionsOutOfRange_DoesNotStart()
    {
        var options = new PythiaOptions { Api = new ApiOptions { Keys = [new ApiKey { Name = "alice", Hash = "abc" }] } };
        var error = await Assert.ThrowsAsync<ArgumentException>(() =>
            Hosting.SiloHost.StartAsync(options, null, Hosting.SiloLogs.Quiet, TestContext.Current.CancellationToken));
        Assert.Contains("Api:Keys:0:Hash", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<KeyValuePair<string, string?>> Keys(params (string Name, string Hash, string Scope)[] keys) => keys.SelectMany((key, index) =>
        new KeyValuePair<string, string?>[]
        {
            new($"Api:Keys:{index}:Name", key.Name), new($"Api:Keys:{index}:Hash", key.Hash), new($"Api:Keys:{index}:Scope", key.Scope),
        });
}
