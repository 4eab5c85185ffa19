namespace PythiaOrleans.Core.Storage;

/// <summary>A checkpoint source does not answer, or not now. Trying again later can help; no shard is to blame.</summary>
/// <param name="message">What was asked for, what answered, and what to do.</param>
/// <param name="inner">What the library below said.</param>
public sealed class SourceUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
