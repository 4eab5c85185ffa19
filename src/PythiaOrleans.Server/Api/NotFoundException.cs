namespace PythiaOrleans.Server.Api;

/// <summary>What was asked for does not exist.</summary>
internal sealed class NotFoundException(string message) : Exception(message);
