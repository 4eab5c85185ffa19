using k8s.Models;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>The plain manifests.</summary>
public sealed class KustomizeTests
{
    private static readonly string Manifests = Path.Combine(Tool.Root, "k8s");

    [Fact]
    public async Task Base_IsWhatTheChartRenders()
    {
        var folder = Directory.CreateTempSubdirectory("pythia-k8s-");
        var (code, output) = await Tool.RunAsync(Path.Combine(Tool.Root, "scripts", "render-k8s.sh"), folder.FullName);
        Assert.True(code == 0, output);
        foreach (var file in new[] { "base/pythia.yaml", "components/monitoring/monitoring.yaml" })
        {
            Assert.True(
                File.ReadAllText(Path.Combine(folder.FullName, file)) == await File.ReadAllTextAsync(
                    Path.Combine(Manifests, file), TestContext.Current.CancellationToken),
                $"k8s/{file} is not what the chart renders: run scripts/render-k8s.sh");
        }

        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("cpu", null, "8")]
    [InlineData("gpu", "1", "1")]
    public async Task Overlay_Builds_WithItsDevices(string overlay, string? gpus, string slots)
    {
        if (!HasKubectl)
        {
            AssertFilesRead(overlay); // less, but what can be done without it
            return;
        }

        var rendering = Rendering.Read(await BuildAsync(overlay));

        var worker = rendering.One<V1StatefulSet>("pythia-worker").Spec.Template.Spec;
        Assert.Equal(gpus, worker.Containers[0].Resources.Limits.TryGetValue("nvidia.com/gpu", out var limit) ? limit.ToString() : null);
        Assert.Equal(
            gpus is null ? "cpu" : "cuda", worker.Containers[0].Env.Single(variable => variable.Name == "PYTHIA__WORKER__DEVICE").Value);
        Assert.Equal(slots, worker.Containers[0].Env.Single(variable => variable.Name == "PYTHIA__WORKER__SLOTS").Value);
        Assert.Equal(gpus is not null, worker.Tolerations?.Any(toleration => toleration.Key == "nvidia.com/gpu") ?? false);
        Assert.NotNull(worker.Containers[0].Env.Single(variable => variable.Name == "PYTHIA__REDIS").ValueFrom.SecretKeyRef);
        Assert.Equal(4, rendering.Objects.OfType<V1ConfigMap>().Count());
        Assert.All(
            rendering.Objects.Cast<k8s.IKubernetesObject<V1ObjectMeta>>().Where(item => item is not V1PriorityClass), item =>
                Assert.Equal("pythia", item.Metadata.NamespaceProperty));
        foreach (var (name, spec, _) in rendering.Pods())
        {
            ManifestRules.AssertHardened(name, spec);
            ManifestRules.AssertMountsExist(name, spec, rendering);
        }

        ManifestRules.AssertSelectorsMatch(rendering);
    }

    private static bool HasKubectl =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl")));

    private static void AssertFilesRead(string overlay)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Manifests, "overlays", overlay), "*.yaml")
            .Where(file => Path.GetFileName(file) != "kustomization.yaml"))
        {
            Assert.Contains(
                Path.GetFileName(file),
                File.ReadAllText(Path.Combine(Manifests, "overlays", overlay, "kustomization.yaml")),
                StringComparison.Ordinal);
            Assert.NotEmpty(Rendering.Read(File.ReadAllText(file)).Objects);
        }
    }

    private static async Task<string> BuildAsync(string overlay)
    {
        var (code, output, errors) = await Tool.RunSeparatelyAsync("kubectl", "kustomize", Path.Combine(Manifests, "overlays", overlay));
        Assert.True(code == 0, errors);
        return output;
    }
}
