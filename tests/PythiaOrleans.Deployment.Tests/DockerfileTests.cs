namespace PythiaOrleans.Deployment.Tests;

/// <summary>What can be seen without building the image; scripts/image-test.sh builds and runs it.</summary>
public sealed class DockerfileTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Tool.Root, "Dockerfile"));

    [Fact]
    public void Restore_SeesEveryProjectAndItsLock() => Assert.All(
        Directory.EnumerateFiles(Path.Combine(Tool.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Tool.Root, Path.GetDirectoryName(file)!)),
        project => Assert.Contains($"COPY {project}/*.csproj {project}/packages.lock.json {project}/", Lines));

    [Fact]
    public async Task User_IsTheOneOfTheManifests()
    {
        var user = long.Parse(
            Lines.Last(line => line.StartsWith("USER ", StringComparison.Ordinal))[5..], System.Globalization.CultureInfo.InvariantCulture);
        var silo = (await Rendering.HelmAsync()).Pods().Single(pod => pod.Name == "r-worker").Spec;
        Assert.Equal((user, user, user), (silo.SecurityContext.RunAsUser, silo.SecurityContext.RunAsGroup, silo.SecurityContext.FsGroup));
        Assert.All(
            silo.Containers[0].VolumeMounts.Where(mount => mount.Name is "cache" or "store"),
            mount =>
                Assert.Contains(
                    Lines,
                    line =>
                        line.StartsWith("RUN mkdir", StringComparison.Ordinal)
                            && line.Contains(mount.MountPath, StringComparison.Ordinal)));
    }
}
