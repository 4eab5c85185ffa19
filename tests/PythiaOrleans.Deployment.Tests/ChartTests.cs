using System.Globalization;
using k8s.Models;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>What helm makes of the chart, over a matrix of values.</summary>
public sealed class ChartTests
{
    private static readonly string[][] Choices =
    [
        [],
        ["worker.gpu.count=1", "worker.gpu.products[0]=NVIDIA-H200", "worker.gpu.runtimeClass=nvidia", "worker.slots=1"],
        ["redis.bundled=false", "redis.existingSecret=shared-redis"],
        ["redis.existingSecret=my-redis", "redis.storageClass=fast"],
        ["tables=pythia", "tls.existingSecret=silo-tls", "monitoring.keySecret.name=prometheus-key"],
        ["store.account=results", "store.existingSecret=storage"],
        ["store.account=results", "store.workloadIdentity=11111111-2222-3333-4444-555555555555"],
        ["store.existingClaim=results", "catalog.models[0].name=mine", "options.Dispatcher:MaxDeaths=5"],
        ["hub.endpoint=https://hub.example.org", "hub.existingSecret=hub", "hub.mirror=az://checkpoints", "hub.bytesPerSecond=100000000"],
        ["autoscaling.kind=keda", "autoscaling.minReplicas=0"],
        ["autoscaling.kind=hpa"],
        [
            "monitoring.podMonitor=true", "monitoring.rules=true", "monitoring.dashboards=true",
            "monitoring.labels.release=prometheus", "monitoring.otlpEndpoint=http://otel.monitoring:4317",
        ],
        ["sweep.enabled=true", "sweep.models={pythia-14m,pythia-70m}", "sweep.steps=0..143000:1000", "sweep.analyses={weight-moments}"],
        ["worker.cache.storage=", "priorityClass.create=false", "podDisruptionBudget=false", "networkPolicy.enabled=false"],
        [
            "priorityClass.name=batch", "image.pullSecrets[0].name=registry", "image.tag=v9", "podLabels.team=lab",
            "podAnnotations.note=x", "worker.tolerations[0].key=spot", "control.nodeSelector.pool=system",
        ],
        [
            "api.keys[1].name=notebook", "api.keys[1].hash=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            "api.keys[1].scope=Write", "cluster.id=second",
        ],
    ];

    /// <summary>Each choice alone, and each with every other.</summary>
    public static TheoryData<string> Matrix() =>
        new(Choices.SelectMany((one, i) => Choices.Skip(i).Select(other => string.Join('|', one.Concat(other).Distinct()))).Distinct());

    [Fact]
    public async Task Lint_Strict_FindsNothing()
    {
        var (code, output) = await Tool.HelmAsync(["lint", "--strict", .. Rendering.Arguments([])[2..3], .. Rendering.Arguments([])[7..]]);
        Assert.True(code == 0, output);
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Template_OfAnyChoice_HasObjectsThatKubernetesKnows(string settings)
    {
        var rendering = await Rendering.HelmAsync(settings.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(Protect).ToArray());

        Assert.Contains(rendering.Pods(), pod => pod.Name == "r-control");
        foreach (var (name, spec, _) in rendering.Pods())
        {
            ManifestRules.AssertHardened(name, spec);
            ManifestRules.AssertMountsExist(name, spec, rendering);
        }

        ManifestRules.AssertSelectorsMatch(rendering);
        Assert.Equal(
            rendering.Objects.Count,
            rendering.Objects.Select(item => $"{item.GetType().Name}/{((k8s.IKubernetesObject<V1ObjectMeta>)item).Metadata.Name}")
                .Distinct()
                .Count());
    }

    [Theory]
    [InlineData("apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\nspec: { replica: 2 }\n")]
    [InlineData("apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: x }\nspec: { maxReplicas: 2 }\n")]
    public void Reading_OfAnUnknownField_Fails(string manifest) =>
        Assert.Throws<YamlDotNet.Core.YamlException>(() => Rendering.Read(manifest));

    [Fact]
    public async Task Gpus_OfAWorker_AreLimitedToleratedAndChosen()
    {
        var worker = (await Rendering.HelmAsync("worker.gpu.count=2", "worker.gpu.products={NVIDIA-H200,NVIDIA-A100}"))
            .One<V1StatefulSet>("r-worker").Spec.Template.Spec;

        Assert.Equal("2", worker.Containers[0].Resources.Limits["nvidia.com/gpu"].ToString());
        Assert.Equal("16Gi", worker.Containers[0].Resources.Limits["memory"].ToString());
        Assert.EndsWith("-cuda", worker.Containers[0].Image, StringComparison.Ordinal);
        Assert.Contains(worker.Tolerations, toleration => toleration is { Key: "nvidia.com/gpu", OperatorProperty: "Exists" });
        var term = Assert.Single(worker.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms);
        Assert.Equal(["NVIDIA-H200", "NVIDIA-A100"], Assert.Single(term.MatchExpressions).Values);
    }

    [Theory]
    [InlineData(45, "00:00:45", 105)]
    [InlineData(3600, "01:00:00", 3660)]
    public async Task Drain_OfAWorker_FitsIntoItsGracePeriod(int seconds, string grace, int period)
    {
        var worker = (await Rendering.HelmAsync(string.Create(CultureInfo.InvariantCulture, $"worker.drainSeconds={seconds}")))
            .One<V1StatefulSet>("r-worker").Spec.Template.Spec;

        Assert.Equal(grace, worker.Containers[0].Env.Single(variable => variable.Name == "PYTHIA__WORKER__GRACE").Value);
        Assert.Equal(period, worker.TerminationGracePeriodSeconds);
    }

    [Theory]
    [InlineData("store.address=", "store.address")]
    [InlineData("store.address=s3://x", "store.address")]
    [InlineData("api.keys=null", "api.keys")]
    [InlineData("api.keys[0].hash=secret", "api.keys.0.hash")]
    [InlineData("redis.bundled=false", "redis.existingSecret")]
    [InlineData("worker.drainSeconds=-1", "worker.drainSeconds")]
    [InlineData("sweep.name=../x", "sweep.name")]
    [InlineData("tables=my-tables", "tables")]
    [InlineData("wroker.slots=1", "wroker")]
    public async Task Template_OfAWrongValue_SaysWhich(string setting, string named)
    {
        var (code, output) = await Tool.HelmAsync(Rendering.Arguments([setting]));
        Assert.NotEqual(0, code);
        Assert.Contains(named, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_OfTheBundledRedis_IsTheOneThatSilosUse()
    {
        var rendering = await Rendering.HelmAsync();
        var secret = rendering.One<V1Secret>("r-redis").StringData;
        Assert.True(secret["password"].Length >= 32);
        Assert.Equal($"r-redis:6379,password={secret["password"]}", secret["connection"]);
        var redis = rendering.One<V1StatefulSet>("r-redis").Spec.Template.Spec.Containers[0];
        Assert.Equal("yes", redis.Args[redis.Args.IndexOf("--appendonly") + 1]);
    }

    /// <summary>With tables there is no Redis, and nothing that would wait for its secret.</summary>
    [Fact]
    public async Task Tables_TakeThePlaceOfRedis_ForSilosAndClients()
    {
        var rendering = await Rendering.HelmAsync("tables=lab", "sweep.enabled=true", "tls.existingSecret=silo-tls");

        Assert.DoesNotContain(rendering.Pods(), pod => pod.Name == "r-redis");
        foreach (var (name, spec, _) in rendering.Pods())
        {
            var variables = spec.Containers[0].Env.ToDictionary(
                variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);
            Assert.DoesNotContain("PYTHIA__REDIS", variables.Keys);
            Assert.Equal(
                name is "r-control" or "r-worker" ? ("lab", null) : (null, "tables:lab"),
                (variables.GetValueOrDefault("PYTHIA__TABLES"), variables.GetValueOrDefault("PYTHIA_CLUSTER")));
            Assert.Equal("/etc/pythia-tls/ca.crt", variables["PYTHIA__TLS__AUTHORITY"]);
        }
    }

    // helm splits values at commas.
    private static string Protect(string setting) =>
        setting.Contains('{', StringComparison.Ordinal) ? setting : setting.Replace(",", "\\,", StringComparison.Ordinal);
}
