namespace BitAnneal.Runtime.Steps;

/// <summary>Whether all places have the same constants. A type, so that loops over places of one class hold no tables of classes.</summary>
internal interface IBorderClasses
{
    static abstract bool AreOne { get; }
}

/// <summary>All places have the same constants.</summary>
internal readonly struct OneClass : IBorderClasses
{
    public static bool AreOne => true;
}

/// <summary>Constants depend on how a place lies at the border.</summary>
internal readonly struct SeveralClasses : IBorderClasses
{
    public static bool AreOne => false;
}
