namespace PythiaOrleans.Core.Storage;

/// <summary>
/// A source or store refuses this user: no token, a gated or private repository, file permissions. Trying again cannot help until access is
/// granted.
/// </summary>
/// <param name="message">What was asked for, what answered, and what to do.</param>
/// <param name="inner">What the library below said.</param>
public sealed class AccessDeniedException(string message, Exception? inner = null) : Exception(message, inner);
