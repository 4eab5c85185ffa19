using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>The docs as a site: mkdocs builds it without a network, and without a warning.</summary>
public sealed class SiteTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pythia-site-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Site_IsBuiltStrictly_AndLoadsNothingFromElsewhere()
    {
        var (code, output) = await Tool.RunAsync(
            "mkdocs", "build", "--strict", "--quiet", "--config-file", Path.Combine(Tool.Root, "mkdocs.yml"), "--site-dir",
            _folder.FullName);
        Assert.True(code == 0, output);
        foreach (var page in Directory.EnumerateFiles(Path.Combine(Tool.Root, "docs"), "*.md").Select(Path.GetFileNameWithoutExtension))
        {
            var html = await File.ReadAllTextAsync(
                Path.Combine(_folder.FullName, $"{page}.html"), TestContext.Current.CancellationToken);
            Assert.DoesNotMatch("""<(script|link|img)[^>]*(src|href)="(https?:)?//""", html);
        }

        Assert.True(File.Exists(Path.Combine(_folder.FullName, "notebooks", "tour.ipynb")));
    }
}
