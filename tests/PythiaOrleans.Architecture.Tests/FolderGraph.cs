using Mono.Cecil;
using Mono.Cecil.Cil;

namespace PythiaOrleans.Architecture.Tests;

/// <summary>Which folder (namespace) of our assemblies uses which other one.</summary>
/// <remarks>
/// Read from the compiled code: signatures, fields, bodies, attributes. A <c>using</c> line, a comment or a constant is no arrow, for the
/// compiler leaves no trace of it.
/// </remarks>
internal sealed class FolderGraph
{
    private const string Root = "PythiaOrleans.";

    private readonly Dictionary<string, Dictionary<string, string>> _arrows = new(StringComparer.Ordinal);

    /// <summary>Reads the assemblies.</summary>
    /// <param name="files">Paths of the compiled assemblies.</param>
    public FolderGraph(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            using var module = ModuleDefinition.ReadModule(file);
            foreach (var type in module.GetTypes())
            {
                Visit(type);
            }
        }
    }

    /// <summary>Every folder that has code.</summary>
    public IReadOnlyCollection<string> Folders => _arrows.Keys;

    /// <summary>From each folder to each that it uses, with a member that shows it.</summary>
    public IEnumerable<(string From, string To, string Example)> Arrows =>
        _arrows.SelectMany(from => from.Value, (from, to) => (from.Key, to.Key, to.Value));

    /// <summary>Folders that use each other, in a circle of any length.</summary>
    public IReadOnlyList<string[]> Cycles()
    {
        var cycles = new List<string[]>();
        foreach (var folder in _arrows.Keys.Order(StringComparer.Ordinal))
        {
            string[] circle = [.. Reach(folder).Where(other => Reach(other).Contains(folder)).Order(StringComparer.Ordinal)];
            if (circle.Length > 1 && circle[0] == folder)
            {
                cycles.Add(circle);
            }
        }

        return cycles;
    }

    private HashSet<string> Reach(string folder)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([folder]);
        while (open.TryPop(out var next))
        {
            foreach (var to in _arrows.TryGetValue(next, out var arrows) ? arrows.Keys : Enumerable.Empty<string>())
            {
                if (reached.Add(to))
                {
                    open.Push(to);
                }
            }
        }

        return reached;
    }

    private void Visit(TypeDefinition type)
    {
        if (FolderOf(type) is not { } folder || IsGenerated(type))
        {
            return;
        }

        _arrows.TryAdd(folder, new Dictionary<string, string>(StringComparer.Ordinal));
        Use(folder, type.BaseType, type.FullName);
        foreach (var implemented in type.Interfaces)
        {
            Use(folder, implemented.InterfaceType, type.FullName);
        }

        foreach (var attribute in type.CustomAttributes)
        {
            Use(folder, attribute.AttributeType, type.FullName);
        }

        foreach (var field in type.Fields)
        {
            Use(folder, field.FieldType, field.FullName);
        }

        foreach (var method in type.Methods)
        {
            Visit(folder, method);
        }
    }

    private void Visit(string folder, MethodDefinition method)
    {
        Use(folder, method, method.FullName);
        foreach (var instruction in method.HasBody ? method.Body.Instructions : Enumerable.Empty<Instruction>())
        {
            switch (instruction.Operand)
            {
                case TypeReference type:
                    Use(folder, type, method.FullName);
                    break;
                case FieldReference field:
                    Use(folder, field.DeclaringType, method.FullName);
                    Use(folder, field.FieldType, method.FullName);
                    break;
                case MethodReference called:
                    Use(folder, called, method.FullName);
                    break;
            }
        }

        foreach (var variable in method.HasBody ? method.Body.Variables : Enumerable.Empty<VariableDefinition>())
        {
            Use(folder, variable.VariableType, method.FullName);
        }
    }

    private void Use(string folder, MethodReference method, string example)
    {
        Use(folder, method.DeclaringType, example);
        Use(folder, method.ReturnType, example);
        foreach (var parameter in method.Parameters)
        {
            Use(folder, parameter.ParameterType, example);
        }

        if (method is GenericInstanceMethod generic)
        {
            foreach (var argument in generic.GenericArguments)
            {
                Use(folder, argument, example);
            }
        }
    }

    private void Use(string folder, TypeReference? used, string example)
    {
        switch (used)
        {
            case null or GenericParameter:
                return;
            case GenericInstanceType generic:
                Use(folder, generic.ElementType, example);
                foreach (var argument in generic.GenericArguments)
                {
                    Use(folder, argument, example);
                }

                return;
            case TypeSpecification wrapped:
                Use(folder, wrapped.ElementType, example);
                return;
        }

        if (FolderOf(used) is { } to && to != folder)
        {
            _arrows[folder].TryAdd(to, example);
        }
    }

    // Nested types, closures among them, belong to the outermost one's folder.
    private static string? FolderOf(TypeReference type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type.Namespace.StartsWith(Root, StringComparison.Ordinal) ? type.Namespace[Root.Length..] : null;
    }

    // What source generators write (Orleans' codecs, regular expressions) follows from what we wrote.
    private static bool IsGenerated(TypeDefinition type)
    {
        for (var outer = type; outer is not null; outer = outer.DeclaringType)
        {
            if (outer.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "GeneratedCodeAttribute"))
            {
                return true;
            }
        }

        return false;
    }
}
