using System.ComponentModel.DataAnnotations;
using System.Net;

namespace PythiaOrleans.Server.Configuration;

/// <summary>The setting is an IP address.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AddressFormatAttribute() : ValidationAttribute("{0}: expected an IP address, for example 127.0.0.1.")
{
    /// <inheritdoc />
    public override bool IsValid(object? value) => value is string text && IPAddress.TryParse(text, out _);
}
