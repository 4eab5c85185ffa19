namespace PythiaOrleans.Checkpoints.Census;

/// <summary>How much a fault of a published revision matters.</summary>
public enum CensusSeverity
{
    /// <summary>Worth a look, or expected: the first steps of a training are equal where the learning rate starts at 0.</summary>
    Note,

    /// <summary>The revision is not there. Nothing wrong can be measured of it.</summary>
    Absent,

    /// <summary>What is served is not what the revision's name says: it enters the list of known bad revisions.</summary>
    Bad,
}
