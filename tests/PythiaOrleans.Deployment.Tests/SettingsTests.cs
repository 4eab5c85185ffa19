using System.Globalization;
using System.Text.RegularExpressions;
using k8s.Models;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>No manifest sets what no code reads.</summary>
public sealed partial class SettingsTests
{
    private const string OptionPrefix = "PYTHIA__";

    private static readonly string[] Everything =
    [
        "store.account=results", "store.existingSecret=storage", "hub.endpoint=https://hub.example.org", "hub.existingSecret=hub",
        "hub.mirror=az://checkpoints",
        "hub.bytesPerSecond=100000000", "monitoring.otlpEndpoint=http://otel.monitoring:4317", "sweep.enabled=true",
        "sweep.models={pythia-14m}", "sweep.steps=0..2000:1000",
        "sweep.analyses={weight-moments}", "api.keys[0].scope=Write", "catalog.models[0].name=mine", "options.Dispatcher:MaxDeaths=5",
    ];

    [Theory]
    [InlineData("r-control", SiloRole.Control)]
    [InlineData("r-worker", SiloRole.Worker)]
    public async Task Options_OfASilo_AreReadByIt(string name, SiloRole role)
    {
        var silo = (await Rendering.HelmAsync(Everything)).Pods().Single(pod => pod.Name == name).Spec.Containers[0];
        var values = silo.Env.Where(variable => variable.Name.StartsWith(OptionPrefix, StringComparison.Ordinal))
            .Select(
                variable =>
                    new KeyValuePair<string, string?>(
                        variable.Name[OptionPrefix.Length..].Replace("__", ":", StringComparison.Ordinal), ValueOf(variable)));

        var options = SiloConfiguration.Read(null, values); // refuses what it does not know

        Assert.Equal(role, options.Role);
        Assert.Equal("az://pythia", options.Store);
        Assert.Equal(("/etc/pythia/catalog.json", 5), (options.Catalog, options.Dispatcher.MaxDeaths));
        Assert.Equal("10.0.0.7", options.Silo.Address);
        Assert.Equal("0.0.0.0:8080", options.Http.Address);
        Assert.Equal([8080, options.Silo.Port, options.Silo.GatewayPort], silo.Ports.Select(port => port.ContainerPort).Order());
        if (role == SiloRole.Worker)
        {
            Assert.Equal((4, TimeSpan.FromSeconds(120), "cpu"), (options.Worker.Slots!.Value, options.Worker.Grace, options.Worker.Device));
        }
        else
        {
            Assert.Equal(("lab", ApiScope.Write), (Assert.Single(options.Api.Keys).Name, options.Api.Keys[0].Scope));
        }
    }

    [Fact]
    public async Task Variables_OfAllPods_StandInTheCode()
    {
        var known = Directory.EnumerateFiles(Path.Combine(Tool.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(
                file => Literal().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        var containers = (await Rendering.HelmAsync(Everything))
            .Pods()
            .Where(pod => pod.Name != "r-redis")
            .SelectMany(pod => pod.Spec.Containers);

        var unread = containers.SelectMany(container => container.Env).Select(variable => variable.Name).Distinct()
            .Where(name => !name.StartsWith(OptionPrefix, StringComparison.Ordinal) && !known.Contains(name));

        Assert.Empty(unread);
    }

    [Fact]
    public async Task Arguments_OfAllPods_AreOptionsOfTheirCommands()
    {
        var containers = (await Rendering.HelmAsync(Everything))
            .Pods()
            .Where(pod => pod.Name != "r-redis")
            .SelectMany(pod => pod.Spec.Containers)
            .ToArray();
        Assert.Equal(
            ["silo", "silo", "sweep", "status"],
            containers.Select(container => container.Args[0]).OrderBy(verb => verb.Length).ThenBy(verb => verb != "sweep"));
        foreach (var container in containers)
        {
            var (code, help) = await PythiaAsync(container.Args[0], "--help");
            Assert.Equal(0, code);
            Assert.All(
                container.Args.Where(argument => argument.StartsWith("--", StringComparison.Ordinal)),
                option =>
                    Assert.Contains(
                        option.Split('=')[0] + " ", help.Replace(",", " ", StringComparison.Ordinal), StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Arguments_OfTheSweepJob_MakeASweep()
    {
        var job = (await Rendering.HelmAsync(Everything)).Objects.OfType<V1Job>().Single().Spec.Template.Spec.Containers[0];
        var folder = Directory.CreateTempSubdirectory("pythia-plan-");
        var (code, output) = await PythiaAsync(
            [
                "plan",
                .. job.Args.Skip(1).Where(
                    argument =>
                        !argument.StartsWith("--source", StringComparison.Ordinal)
                            && !argument.StartsWith("--catalog", StringComparison.Ordinal)),
                $"--source={folder.FullName}", $"--store={folder.FullName}", "--json",
            ]);
        folder.Delete(recursive: true);
        Assert.True(code == 0, output);
        Assert.Contains("pythia-14m", output, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output)> PythiaAsync(params string[] arguments) =>
        Tool.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "pythia.dll"), .. arguments]);

    private static string ValueOf(V1EnvVar variable) =>
        variable.Value ?? (variable.ValueFrom.FieldRef?.FieldPath, variable.ValueFrom.SecretKeyRef?.Key) switch
        {
            ("status.podIP", _) => "10.0.0.7",
            (_, "connection") => "redis:6379,password=secret",
            var other => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{variable.Name}: {other}")),
        };

    [GeneratedRegex("\"([A-Z][A-Z0-9_]+)\"")]
    private static partial Regex Literal();
}
