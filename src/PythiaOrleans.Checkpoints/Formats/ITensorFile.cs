namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>A weight file, open, in whichever format.</summary>
internal interface ITensorFile : IDisposable
{
    /// <summary>The tensors, in the order of the file. Valid until the file is disposed.</summary>
    IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Refuses a file that was written to since it was opened.</summary>
    /// <exception cref="CheckpointFormatException">Its length or its time of modification changed.</exception>
    void CheckUnchanged();

    /// <summary>Name, length and SHA-256 of the file. Reads every byte.</summary>
    WeightFile Describe();
}
