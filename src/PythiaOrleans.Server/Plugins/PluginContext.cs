using System.Reflection;
using System.Runtime.Loader;

namespace PythiaOrleans.Server.Plugins;

/// <summary>
/// Loads one plugin: what the product has is shared, so that its types are the same; the rest comes from the plugin's own folder.
/// </summary>
internal sealed class PluginContext(string file) : AssemblyLoadContext($"plugin {Path.GetFileNameWithoutExtension(file)}")
{
    private readonly AssemblyDependencyResolver _resolver = new(file);

    /// <inheritdoc />
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        try
        {
            return Default.LoadFromAssemblyName(assemblyName);
        }
        catch (FileNotFoundException)
        {
            return _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
        }
    }

    /// <inheritdoc />
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
