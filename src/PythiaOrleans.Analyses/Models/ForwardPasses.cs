using System.Collections.Concurrent;
using System.Reflection;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// The forward pass of each family: a class with a <see cref="ForwardPassAttribute"/> in this assembly or in one that <see
/// cref="ModelFamilies"/> knows.
/// </summary>
internal static class ForwardPasses
{
    private const string Advice =
        "Leave the analyses that run the model out with --analyses; those that read weights need no forward pass.";

    private static readonly Type[] Parameters = [typeof(ModelShape), typeof(Func<WeightName, Tensor>), typeof(Rotary)];
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, ConstructorInfo>> ByAssembly = new();

    /// <summary>Whether models of that <c>model_type</c> can be run.</summary>
    public static bool IsKnown(string modelType) => Find(modelType) is not null;

    /// <summary>The pass of a shape, for sequences of one length.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="weights">Gives a parameter as it is asked for.</param>
    /// <param name="rotary">Angles for that length; freed by the caller.</param>
    /// <inheritdoc cref="Check"/>
    public static IForwardPass For(ModelShape shape, Func<WeightName, Tensor> weights, Rotary rotary) =>
        (IForwardPass)Check(shape).Invoke(BindingFlags.DoNotWrapExceptions, null, [shape, weights, rotary], null);

    /// <summary>Refuses a model that cannot be run, before its tokens or weights are read.</summary>
    /// <exception cref="CheckpointFormatException">
    /// The configuration asks for something that no pass here computes; the message names file, field and value.
    /// </exception>
    /// <exception cref="NotSupportedException">No forward pass of this family is known.</exception>
    public static ConstructorInfo Check(ModelShape shape)
    {
        if (shape.UnsupportedSettings is [var first, ..] all)
        {
            var further = all.Count == 1 ? "" : $" Unsupported too: {string.Join(", ", all.Skip(1).Take(10))}.";
            throw new CheckpointFormatException(
                first.File, first.Field, $"{first.Expected}, which the forward pass computes", first.Found, $"{Advice}{further}");
        }

        return Find(shape.ModelType)
            ?? throw new NotSupportedException($"model_type '{shape.ModelType}': no forward pass of this family is known here. {Advice}");
    }

    private static ConstructorInfo? Find(string modelType) => ModelFamilies.Assemblies
        .Prepend(typeof(ForwardPasses).Assembly)
        .Select(assembly => ByAssembly.GetOrAdd(assembly, Read).GetValueOrDefault(modelType))
        .FirstOrDefault(constructor => constructor is not null);

    private static IReadOnlyDictionary<string, ConstructorInfo> Read(Assembly assembly) => assembly.GetTypes()
        .Select(type => (Type: type, Attribute: type.GetCustomAttribute<ForwardPassAttribute>()))
        .Where(pass => pass.Attribute is not null)
        .SelectMany(pass => pass.Attribute!.ModelTypes, (pass, name) => (name, Constructor: Constructor(pass.Type)))
        .ToDictionary(pair => pair.name, pair => pair.Constructor, StringComparer.Ordinal);

    private static ConstructorInfo Constructor(Type type) =>
        type.IsAssignableTo(typeof(IForwardPass)) && type.GetConstructor(Parameters) is { } constructor
            ? constructor
            : throw new InvalidOperationException(
                $"{type}: expected a public constructor (ModelShape, Func<WeightName, Tensor>, Rotary) and {nameof(IForwardPass)}, "
                + "found a forward pass without them.");
}
