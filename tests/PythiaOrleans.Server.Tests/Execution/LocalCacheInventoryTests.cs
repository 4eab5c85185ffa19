using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Checkpoints.Sources.Azure;
using PythiaOrleans.Checkpoints.Sources.Mirror;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

public sealed class OwnDiskTests : IDisposable
{
    private static readonly (string Name, string Folder)[] Variables =
        [("HF_HUB_CACHE", "hub"), (ContainerCaches.FolderVariable, "containers"), (MirrorSettings.AddressVariable, "")];

    private readonly string _root = Directory.CreateTempSubdirectory("pythia-disk-").FullName;
    private readonly string?[] _before = [.. Variables.Select(variable => Environment.GetEnvironmentVariable(variable.Name))];

    public OwnDiskTests()
    {
        foreach (var (name, folder) in Variables)
        {
            Environment.SetEnvironmentVariable(name, folder.Length == 0 ? null : Path.Combine(_root, folder));
        }
    }

    public void Dispose()
    {
        foreach (var (variable, before) in Variables.Zip(_before))
        {
            Environment.SetEnvironmentVariable(variable.Name, before);
        }

        Directory.Delete(_root, recursive: true);
    }

    /// <summary>A silo that has just started has opened nothing yet, but its predecessor's files are there.</summary>
    [Fact]
    public void Disk_OfANewSilo_HoldsWhatItsPredecessorFetchedFromHubAndContainers()
    {
        Keep("hub/models--EleutherAI--pythia-14m", 1000, "model.safetensors");
        Keep("hub/models--EleutherAI--pythia-14m", 2000, "README.md"); // no weights
        Keep("hub/models--somebody--else", 3000, "model.safetensors");
        Keep("containers/0123456789abcdef/az--pythia-70m", 5, "pytorch_model.bin");
        File.WriteAllText(Path.Combine(_root, "containers/0123456789abcdef/source.txt"), "az://weights/pythia");

        var held = new LocalCacheInventory(new CheckpointSources(), TimeProvider.System).List();

        CachedCheckpoint[] expected =
        [
            new("hub", new CheckpointId("pythia-14m", 1000)),
            new("az://weights/pythia", new CheckpointId("pythia-70m", 5)),
        ];
        Assert.Equal(expected.OrderBy(cached => cached.Source), held.OrderBy(cached => cached.Source));
    }

    [Fact]
    public void Disk_IsLookedAtAgainOnlyWhenSomethingWasFetched()
    {
        var disk = new LocalCacheInventory(new CheckpointSources(), TimeProvider.System);
        Assert.Empty(disk.List());

        Keep("hub/models--EleutherAI--pythia-14m", 1000, "model.safetensors");
        Assert.Empty(disk.List());
        disk.OnFetched();
        Assert.Single(disk.List());
    }

    /// <summary>Other processes fetch and evict, too: after a minute the disk is looked at again.</summary>
    [Fact]
    public void Disk_IsLookedAtAgainAfterAMinute()
    {
        var time = new ManualClock();
        var disk = new LocalCacheInventory(new CheckpointSources(), time);
        Assert.Empty(disk.List());
        Keep("hub/models--EleutherAI--pythia-14m", 1000, "model.safetensors");

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty(disk.List());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(disk.List());
        Keep("hub/models--EleutherAI--pythia-14m", 2000, "model.safetensors");
        Assert.Single(disk.List());
    }

    // As the cache lays it out: refs/stepN holds the commit, snapshots/COMMIT links to blobs.
    private void Keep(string repository, int step, string file)
    {
        var (root, commit) = (Path.Combine(_root, repository), $"commit{step}");
        foreach (var folder in new[] { "refs", "blobs", $"snapshots/{commit}" })
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        File.WriteAllText(Path.Combine(root, "refs", $"step{step}"), commit);
        File.WriteAllText(Path.Combine(root, "blobs", $"blob{step}"), "bytes");
        File.CreateSymbolicLink(Path.Combine(root, "snapshots", commit, file), $"../../blobs/blob{step}");
    }
}
