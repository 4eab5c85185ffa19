namespace PythiaOrleans.Server.Configuration;

/// <summary>What a silo of a cluster is for.</summary>
public enum SiloRole
{
    /// <summary>Both, in one process.</summary>
    All,

    /// <summary>Coordinators, dispatcher, HTTP API and web page; computes nothing.</summary>
    Control,

    /// <summary>Devices: leases tasks and computes them.</summary>
    Worker,
}
