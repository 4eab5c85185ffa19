namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// A field of a configuration that asks for a forward pass which this program does not compute. Weights are measured all the same.
/// </summary>
/// <param name="File">The <c>config.json</c>.</param>
/// <param name="Field">The field: <c>attn_logit_softcapping</c>, <c>rope_scaling.type</c>.</param>
/// <param name="Expected">What is computed.</param>
/// <param name="Found">The field's value.</param>
public sealed record UnsupportedSetting(string File, string Field, string Expected, string Found)
{
    /// <summary><c>attn_logit_softcapping 50</c>.</summary>
    public override string ToString() => $"{Field} {Found}";
}
