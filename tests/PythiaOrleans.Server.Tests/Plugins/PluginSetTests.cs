using PythiaOrleans.Analyses;
using PythiaOrleans.Server.Plugins;

namespace PythiaOrleans.Server.Tests;

/// <summary>What is wrong with a plugin is said in one sentence; a good one is run by the end-to-end tests.</summary>
public sealed class PluginSetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pythia-plugin-").FullName;

    [Fact]
    public void NoFiles_AreTheProductsOwnAnalyses() => Assert.Same(AnalysisRegistry.BuiltIn, PluginSet.Load([]).Analyses);

    [Fact]
    public void MissingFile_IsNamed()
    {
        var file = Path.Combine(_folder, "mine.dll");
        var error = Assert.Throws<ArgumentException>(() => PluginSet.Load([file]));
        Assert.Contains($"Plugin {file}: expected a .NET assembly, found no file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FileThatIsNoAssembly_IsRefused()
    {
        var file = Path.Combine(_folder, "text.dll");
        File.WriteAllText(file, "not an assembly");
        Assert.Contains(
            "found another kind of file", Assert.Throws<ArgumentException>(() => PluginSet.Load([file])).Message, StringComparison.Ordinal);
    }

    /// <summary>The wrong file of a build's output: a library that the plugin uses.</summary>
    [Fact]
    public void AssemblyThatHoldsNothing_IsRefused()
    {
        var file = Path.Combine(_folder, "library.dll");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "MathNet.Numerics.dll"), file);
        Assert.Contains("found none", Assert.Throws<ArgumentException>(() => PluginSet.Load([file])).Message, StringComparison.Ordinal);
    }

    /// <summary>Two analyses of one name would share their files in the store.</summary>
    [Fact]
    public void AnalysisWithATakenName_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => new AnalysisRegistry(typeof(TakenName).Assembly));
        Assert.Contains("'weight-moments' exists 2 times", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
