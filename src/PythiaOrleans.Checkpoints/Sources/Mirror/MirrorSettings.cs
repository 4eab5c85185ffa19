using PythiaOrleans.Checkpoints.Sources.Azure;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Mirror;

/// <summary>Whether and where this process mirrors what it fetches, as its environment says.</summary>
public static class MirrorSettings
{
    /// <summary>The container, <c>az://container/prefix</c>, to which the hub's checkpoints are copied when they are first used; unset copies nothing.</summary>
    public const string AddressVariable = "PYTHIA_MIRROR";

    /// <summary>1 copies float32 files of half-precision values to the mirror in half precision.</summary>
    public const string HalfVariable = "PYTHIA_KEEP_HALF";

    /// <summary>The source behind the mirror, or the source itself where no mirror is set.</summary>
    /// <exception cref="ArgumentException">The mirror's address is no container's.</exception>
    public static ICheckpointSource Apply(ICheckpointSource origin)
    {
        if (Environment.GetEnvironmentVariable(AddressVariable) is not { Length: > 0 } address)
        {
            return origin;
        }

        var mirror = BlobStores.IsAzure(address)
            ? BlobStores.OpenAzure(address)
            : throw new ArgumentException(
                $"{AddressVariable}: expected az://container/prefix or the https address of a container, found '{address}'. On one machine the cache needs no mirror.");
        return new MirroredSource(origin, mirror, ContainerCaches.Open(mirror), Environment.GetEnvironmentVariable(HalfVariable) == "1");
    }
}
