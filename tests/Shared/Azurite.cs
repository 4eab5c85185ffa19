namespace PythiaOrleans.Testing;

/// <summary>The emulator's blob storage.</summary>
public sealed class Azurite() : AzuriteProcess("blob")
{
    public string ConnectionString => $"{Credentials}BlobEndpoint={Endpoint};";

    public Uri Endpoint => new($"http://127.0.0.1:{Port}/{Account}");
}
