using k8s.Models;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>What no schema checks.</summary>
internal static class ManifestRules
{
    public static void AssertHardened(string name, V1PodSpec spec)
    {
        Assert.True(spec.SecurityContext.RunAsNonRoot == true && spec.SecurityContext.RunAsUser > 0, $"{name} may run as root");
        Assert.Equal("RuntimeDefault", spec.SecurityContext.SeccompProfile.Type);
        Assert.False(spec.AutomountServiceAccountToken, $"{name} mounts a token that it does not need");
        foreach (var container in spec.Containers)
        {
            Assert.True(
                container.SecurityContext is { ReadOnlyRootFilesystem: true, AllowPrivilegeEscalation: false }, $"{name}/{container.Name}");
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.True(container.Resources.Limits.ContainsKey("memory"), $"{name}/{container.Name} has no memory limit");
        }
    }

    public static void AssertMountsExist(string name, V1PodSpec spec, Rendering rendering)
    {
        var claimed = rendering.Objects.OfType<V1StatefulSet>()
            .FirstOrDefault(set => set.Metadata.Name == name)?.Spec.VolumeClaimTemplates?.Select(claim => claim.Metadata.Name)
            ?? [];
        var volumes = claimed.Concat(spec.Volumes?.Select(volume => volume.Name) ?? []).ToHashSet(StringComparer.Ordinal);
        Assert.All(
            spec.Volumes?.Where(volume => volume.ConfigMap is not null) ?? [],
            volume => Assert.Contains(rendering.Objects.OfType<V1ConfigMap>(), map => map.Metadata.Name == volume.ConfigMap.Name));
        foreach (var container in spec.Containers)
        {
            Assert.All(container.VolumeMounts, mount => Assert.Contains(mount.Name, volumes));
            var ports = container.Ports?.Select(port => port.Name).ToArray() ?? [];
            Assert.All(
                new[]
                {
                    container.StartupProbe,
                    container.LivenessProbe,
                    container.ReadinessProbe,
                }.Where(probe => probe?.HttpGet is not null),
                probe => Assert.Contains(probe.HttpGet.Port.ToString(), ports));
        }
    }

    /// <summary>Services, disruption budgets, policies and monitors choose pods that exist; workloads choose their own.</summary>
    public static void AssertSelectorsMatch(Rendering rendering)
    {
        var pods = rendering.Pods().Select(pod => pod.Labels).ToArray();
        foreach (var item in rendering.Objects)
        {
            switch (item)
            {
                case V1Service service:
                    Assert.Contains(pods, labels => Matches(service.Spec.Selector, labels));
                    break;
                case V1PodDisruptionBudget budget:
                    Assert.Contains(pods, labels => Matches(budget.Spec.Selector.MatchLabels, labels));
                    break;
                case V1NetworkPolicy policy:
                    Assert.Contains(pods, labels => Matches(policy.Spec.PodSelector.MatchLabels, labels));
                    break;
                case PodMonitor monitor:
                    Assert.Contains(pods, labels => Matches(monitor.Spec.Selector.MatchLabels, labels));
                    break;
                case V1Deployment deployment:
                    Assert.True(
                        Matches(deployment.Spec.Selector.MatchLabels, deployment.Spec.Template.Metadata.Labels), deployment.Metadata.Name);
                    break;
                case V1StatefulSet set:
                    Assert.True(Matches(set.Spec.Selector.MatchLabels, set.Spec.Template.Metadata.Labels), set.Metadata.Name);
                    Assert.Contains(rendering.Objects.OfType<V1Service>(), service => service.Metadata.Name == set.Spec.ServiceName);
                    break;
                case ScaledObject scaled:
                    Assert.Contains(
                        rendering.Objects.OfType<V1StatefulSet>(),
                        set => set.Metadata.Name == scaled.Spec.ScaleTargetRef.Name && set.Spec.Replicas is null);
                    break;
                case V2HorizontalPodAutoscaler scaler:
                    Assert.Contains(
                        rendering.Objects.OfType<V1StatefulSet>(),
                        set => set.Metadata.Name == scaler.Spec.ScaleTargetRef.Name && set.Spec.Replicas is null);
                    break;
            }
        }
    }

    private static bool Matches(IDictionary<string, string> selector, IDictionary<string, string> labels) =>
        selector.All(wanted => labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value);
}
