namespace PythiaOrleans.Core.Storage;

/// <summary>What blobs are used for: it decides which exception says that they cannot be reached.</summary>
public enum BlobRole
{
    /// <summary>Results, series and specs. What refuses access to them today stops every shard, so no shard is to blame.</summary>
    Store,

    /// <summary>Checkpoints. Access that is refused is a failure of the checkpoint that was asked for.</summary>
    Source,
}
