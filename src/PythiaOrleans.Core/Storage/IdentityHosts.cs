namespace PythiaOrleans.Core.Storage;

/// <summary>
/// Which hosts may see the token of this machine's Azure identity: it has the rights of the store's identity, deletion included.
/// </summary>
internal static class IdentityHosts
{
    /// <summary>Further hosts, separated by commas: a host's name, or a domain with a dot before it for every host below it.</summary>
    public const string Variable = "PYTHIA_IDENTITY_HOSTS";

    // Azure's own: the public cloud, its DNS zones, China, and the United States' government.
    private static readonly string[] Known =
        [".blob.core.windows.net", ".blob.storage.azure.net", ".blob.core.chinacloudapi.cn", ".blob.core.usgovcloudapi.net"];

    /// <summary>Returns the address, or refuses it.</summary>
    /// <exception cref="ArgumentException">The host is none of Azure Blob Storage, and is not in the list; or the address is not
    /// https.</exception>
    public static Uri Validate(Uri address) => IsTrusted(address, Environment.GetEnvironmentVariable(Variable))
        ? address
        : throw new ArgumentException(
            $"'{address.GetLeftPart(UriPartial.Path)}': this machine's identity is sent over https to hosts of Azure Blob Storage only "
                + "(https://ACCOUNT.blob.core.windows.net/...). "
            + $"If '{address.Host}' is yours, add it to {Variable}.");

    internal static bool IsTrusted(Uri address, string? further) => address.Scheme == Uri.UriSchemeHttps
        && Known.Concat((further ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Any(host => Matches(address.IdnHost, host));

    private static bool Matches(string host, string allowed) => allowed.StartsWith('.')
        ? host.EndsWith(allowed, StringComparison.OrdinalIgnoreCase) && host.Length > allowed.Length
        : host.Equals(allowed, StringComparison.OrdinalIgnoreCase);
}
