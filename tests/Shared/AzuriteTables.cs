namespace PythiaOrleans.Testing;

/// <summary>The emulator's table storage.</summary>
public sealed class AzuriteTables() : AzuriteProcess("table", "--skipApiVersionCheck")
{
    /// <summary>What a connection string says of the tables, to be added to one of the blobs, or alone.</summary>
    public string Endpoint => $"TableEndpoint=http://127.0.0.1:{Port}/{Account};";

    public string ConnectionString => $"{Credentials}{Endpoint}";
}
