using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>A cluster may have processors of several kinds: analyses of weights give the same bytes on all.</summary>
public sealed class HardwareTests
{
    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.F32)]
    public async Task HostAnalyses_GiveTheSameBytesOnEveryKindOfProcessor(DType stored)
    {
        using var suite = new TinySuite(steps: 3, stored);
        foreach (var off in new[] { "nothing", "EnableAVX512", "EnableAVX2" })
        {
            var swept = await PythiaProcess.RunAsync(
                new Dictionary<string, string> { [$"DOTNET_{off}"] = "0" }, suite.SweepArguments(off));
            Assert.True(swept.Code == 0, swept.Errors);
        }

        var expected = StoreFiles.Digests(suite.Store("nothing"));
        Assert.Equal(suite.Results, StoreFiles.CountResults(suite.Store("nothing")));
        Assert.Equal(expected, StoreFiles.Digests(suite.Store("EnableAVX512")));
        Assert.Equal(expected, StoreFiles.Digests(suite.Store("EnableAVX2")));
    }
}
