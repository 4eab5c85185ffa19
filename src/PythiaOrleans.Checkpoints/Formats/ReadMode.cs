namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>How weight files come into memory.</summary>
internal enum ReadMode
{
    /// <summary>Mapped: no copy, and the system takes pages back when memory is short. A file that is cut off while a tensor is read ends the process.</summary>
    Map,

    /// <summary>Copied, each part when it is first needed: a file that is cut off is an error of its checkpoint only. Takes memory as large as what is read.</summary>
    Copy,
}
