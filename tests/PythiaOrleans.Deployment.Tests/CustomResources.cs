using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace PythiaOrleans.Deployment.Tests;

// The fields that the chart uses, after the published definitions of these resources: KubernetesClient knows none of them.

/// <summary>Of the Prometheus operator: pods to be scraped.</summary>
public sealed record PodMonitor : CustomResource
{
    public required PodMonitorSpec Spec { get; set; }
}

public sealed record PodMonitorSpec
{
    public required V1LabelSelector Selector { get; set; }

    public required List<PodMetricsEndpoint> PodMetricsEndpoints { get; set; }
}

public sealed record PodMetricsEndpoint
{
    public required string Port { get; set; }

    public string? Path { get; set; }

    public string? Interval { get; set; }

    public Authorization? Authorization { get; set; }

    public List<Relabeling>? Relabelings { get; set; }
}

public sealed record Authorization
{
    public V1SecretKeySelector? Credentials { get; set; }
}

public sealed record Relabeling
{
    public string? TargetLabel { get; set; }

    public string? Replacement { get; set; }

    public List<string>? SourceLabels { get; set; }
}

/// <summary>Of the Prometheus operator: alerts.</summary>
public sealed record PrometheusRule : CustomResource
{
    public required PrometheusRuleSpec Spec { get; set; }
}

public sealed record PrometheusRuleSpec
{
    public required List<RuleGroup> Groups { get; set; }
}

public sealed record RuleGroup
{
    public required string Name { get; set; }

    public required List<AlertRule> Rules { get; set; }
}

public sealed record AlertRule
{
    public required string Alert { get; set; }

    public required string Expr { get; set; }

    public string? For { get; set; }

    public required Dictionary<string, string> Labels { get; set; }

    public required Dictionary<string, string> Annotations { get; set; }
}

/// <summary>Of KEDA: what is scaled by what.</summary>
public sealed record ScaledObject : CustomResource
{
    public required ScaledObjectSpec Spec { get; set; }
}

public sealed record ScaledObjectSpec
{
    public required V2CrossVersionObjectReference ScaleTargetRef { get; set; }

    public int MinReplicaCount { get; set; }

    public int MaxReplicaCount { get; set; }

    public int CooldownPeriod { get; set; }

    public required List<ScaleTrigger> Triggers { get; set; }
}

public sealed record ScaleTrigger
{
    public required string Type { get; set; }

    public required Dictionary<string, string> Metadata { get; set; }
}

public abstract record CustomResource : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();
}
