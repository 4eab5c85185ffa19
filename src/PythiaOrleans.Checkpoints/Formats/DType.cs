namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>How the elements of a stored tensor are encoded.</summary>
public enum DType
{
    /// <summary>IEEE double precision, 8 bytes.</summary>
    F64,

    /// <summary>IEEE single precision, 4 bytes.</summary>
    F32,

    /// <summary>IEEE half precision, 2 bytes.</summary>
    F16,

    /// <summary>Brain float, 2 bytes: the upper half of a single.</summary>
    BF16,

    /// <summary>Signed, 8 bytes.</summary>
    I64,

    /// <summary>Signed, 4 bytes.</summary>
    I32,

    /// <summary>Signed, 2 bytes.</summary>
    I16,

    /// <summary>Signed, 1 byte.</summary>
    I8,

    /// <summary>Unsigned, 1 byte.</summary>
    U8,

    /// <summary>Unsigned, 2 bytes.</summary>
    U16,

    /// <summary>Unsigned, 4 bytes.</summary>
    U32,

    /// <summary>Unsigned, 8 bytes.</summary>
    U64,

    /// <summary>0 or 1 in 1 byte.</summary>
    Bool,

    /// <summary>8 bits: sign, 4 of exponent, 3 of mantissa; no infinities.</summary>
    F8E4M3,

    /// <summary>8 bits: sign, 5 of exponent, 2 of mantissa.</summary>
    F8E5M2,

    /// <summary>8 bits of exponent: a power of two, as scales of blocks are.</summary>
    F8E8M0,

    /// <summary>6 bits: sign, 2 of exponent, 3 of mantissa. Not measured.</summary>
    F6E2M3,

    /// <summary>6 bits: sign, 3 of exponent, 2 of mantissa. Not measured.</summary>
    F6E3M2,

    /// <summary>4 bits: sign, 2 of exponent, 1 of mantissa; two numbers in each byte.</summary>
    F4,

    /// <summary>A complex number of two singles, 8 bytes. Not measured.</summary>
    C64,
}
