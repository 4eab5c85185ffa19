namespace PythiaOrleans.Server.Api;

/// <summary>What was asked for cannot be done in the state that the sweep is in.</summary>
internal sealed class ConflictException(string message) : Exception(message);
