namespace PythiaOrleans.Server.Api;

/// <summary>The silo serves as many such requests as it may.</summary>
internal sealed class TooManyRequestsException(string message) : Exception(message);
