namespace PythiaOrleans.Checkpoints.Census;

/// <summary>What is wrong with a revision.</summary>
public enum FaultKind
{
    /// <summary>The catalog announces the step, and the source has no such revision.</summary>
    Missing,

    /// <summary>The source has a step that the catalog does not announce.</summary>
    NotAnnounced,

    /// <summary>The revision has no weight files.</summary>
    NoWeights,

    /// <summary>Fewer shards than their names say.</summary>
    ShardsMissing,

    /// <summary>The weights are those of the final model.</summary>
    SameAsMain,

    /// <summary>The weights are those of another step.</summary>
    SameAsStep,

    /// <summary>One of several weight files is that of another step.</summary>
    ForeignShard,

    /// <summary>Some of the tensors are those of another step.</summary>
    ForeignTensors,

    /// <summary>The weights are those of another model.</summary>
    SameAsModel,

    /// <summary>The weights take another number of bytes than those of most steps.</summary>
    OtherSize,

    /// <summary>The header of a weight file cannot be read, or does not fit the file.</summary>
    DamagedHeader,

    /// <summary>The names or the sizes of the tensors differ from those of most steps.</summary>
    OtherTensors,

    /// <summary>The values are stored in other types than those of most steps.</summary>
    OtherTypes,

    /// <summary>Values that are no numbers.</summary>
    NotFinite,

    /// <summary>The weights lie far from the checkpoints before and after, which lie close to each other.</summary>
    OutOfPlace,

    /// <summary>The weights moved much further than between other checkpoints.</summary>
    Jump,

    /// <summary>The weights do not descend from the step 0 of their own run.</summary>
    ForeignRun,
}
