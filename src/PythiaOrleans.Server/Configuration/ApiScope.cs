namespace PythiaOrleans.Server.Configuration;

/// <summary>What a key opens.</summary>
public enum ApiScope
{
    /// <summary>Looking.</summary>
    Read,

    /// <summary>Looking, starting and steering sweeps.</summary>
    Write,
}
