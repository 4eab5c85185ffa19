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
        Assert.DoesNotContain("given", Read($"HF_HOME={folder.Root} HF_TOKEN=given").ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HF_ENDPOINT=hub.example")]
    [InlineData("PYTHIA_CACHE_BYTES=many")]
    [InlineData("PYTHIA_HUB_CONNECTIONS=0")]
    public void Variable_WithAnotherKindOfValue_IsNamed(string variable)
    {
        var error = Assert.Throws<ArgumentException>(() => Read(variable));
        Assert.Contains(variable.Split('=')[0], error.Message, StringComparison.Ordinal);
    }

    private static HubOptions Read(string variables)
    {
        var all = variables.Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return HubOptions.FromEnvironment(all.GetValueOrDefault);
    }
}
