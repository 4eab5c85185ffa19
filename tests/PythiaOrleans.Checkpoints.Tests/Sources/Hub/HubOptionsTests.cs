using PythiaOrleans.Checkpoints.Sources.Hub;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class HubOptionsTests
{
    [Theory]
    [InlineData("HF_HUB_CACHE=/a/b", "/a/b")]
    [InlineData("HF_HOME=/h", "/h/hub")]
    [InlineData("HF_HOME=/h HF_HUB_CACHE=/a", "/a")]
    [InlineData("XDG_CACHE_HOME=/x", "/x/huggingface/hub")]
    [InlineData("HOME=/u", "/u/.cache/huggingface/hub")]
    [InlineData("HOME=/u HF_HOME=~/hf", "/u/hf/hub")]
    [InlineData("HOME=/u HF_HOME=~", "/u/hub")]
    [InlineData("HOME=/u HF_HUB_CACHE=~/c", "/u/c")]
    [InlineData("HOME=/u HF_HOME=$HOME/hf", "/u/hf/hub")]
    [InlineData("SCRATCH=/s HF_HOME=${SCRATCH}/hf", "/s/hf/hub")]
    public void Cache_LiesWhereThePythonToolsLook(string variables, string expected) => Assert.Equal(expected, Read(variables).CacheFolder);

    [Theory]
    [InlineData("1", true)]
    [InlineData("yes", true)]
    [InlineData("True", true)]
    [InlineData("0", false)]
    [InlineData("no", false)]
    public void Offline_IsReadAsThePythonToolsDo(string value, bool expected) => Assert.Equal(expected, Read($"HF_HUB_OFFLINE={value}").Offline);

    [Fact]
    public void Token_ComesFromTheVariableElseFromTheFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["token"], "saved\n");
        Assert.Equal("saved", Read($"HF_HOME={folder.Root}").Token);
        Assert.Equal("given", Read($"HF_HOME={folder.Root} HF_TOKEN=given").Token);
        Assert.Equal("old", Read($"HF_HOME={folder.Root} HUGGING_FACE_HUB_TOKEN=old").Token);
        Assert.DoesNotContain("given", Read($"HF_HOME={folder.Root} HF_TOKEN=given").ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HF_ENDPOINT=hub.example")]
    [InlineData("PYTHIA_CACHE_BYTES=many")]
    [InlineData("PYTHIA_HUB_CONNECTIONS=0")]
    [InlineData("HF_HOME=~somebody/hf")]
    [InlineData("HF_HOME=$NOWHERE/hf")]
    public void Variable_WithAnotherKindOfValue_IsNamed(string variable)
    {
        var error = Assert.Throws<ArgumentException>(() => Read(variable));
        Assert.Contains(variable.Split('=')[0], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HF_ENDPOINT=https://hub.example https_proxy=socks5h://u:p@proxy:1080", "socks5://proxy:1080/")]
    [InlineData("HF_ENDPOINT=http://hub.example http_proxy=socks5h://proxy:1080", "socks5://proxy:1080/")]
    [InlineData("HF_ENDPOINT=https://hub.example ALL_PROXY=socks5h://proxy:1080", "socks5://proxy:1080/")]
    [InlineData("HF_ENDPOINT=https://hub.example https_proxy=http://other:3128 ALL_PROXY=socks5h://proxy:1080", null)]
    [InlineData("HF_ENDPOINT=https://hub.example", null)]
    public void Proxy_ThatResolvesNames_IsUnderstood(string variables, string? expected) =>
        Assert.Equal(expected, Read(variables).Proxy?.GetProxy(new Uri("https://hub.example/x"))?.ToString());

    [Theory]
    [InlineData("hub.example", true)]
    [InlineData(".example", true)]
    [InlineData("*", true)]
    [InlineData("other.example,ample", false)]
    public void Proxy_IsNotUsedForTheHostsOfNoProxy(string without, bool isDirect) =>
        Assert.Equal(isDirect, Read($"ALL_PROXY=socks5h://proxy:1080 NO_PROXY={without}").Proxy!.IsBypassed(new Uri("https://hub.example/x")));

    private static HubOptions Read(string variables)
    {
        var all = variables.Split(' ').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return HubOptions.FromEnvironment(all.GetValueOrDefault);
    }
}
