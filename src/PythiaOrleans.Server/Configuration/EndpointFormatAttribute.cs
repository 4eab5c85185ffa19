using System.ComponentModel.DataAnnotations;
using System.Net;

namespace PythiaOrleans.Server.Configuration;

/// <summary>The setting is an IP address with a port.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EndpointFormatAttribute() : ValidationAttribute("{0}: expected an IP address and a port, for example 127.0.0.1:8080.")
{
    /// <inheritdoc />
    public override bool IsValid(object? value) => value is string text && IPEndPoint.TryParse(text, out _);
}
