namespace BitAnneal.Data;

/// <summary>Random changes of training images. The padding is made of zero bytes, so an augmented image is still a byte image.</summary>
/// <param name="Padding">Black margin before a random crop back to the original size, in pixels.</param>
/// <param name="Flip">Whether half of the images are mirrored left to right.</param>
public sealed record Augmentation(int Padding, bool Flip)
{
    /// <summary>Images as they are.</summary>
    public static Augmentation None { get; } = new(0, false);

    /// <summary>The usual one for CIFAR: margin 4, crop, flip.</summary>
    public static Augmentation Cifar { get; } = new(4, true);
}
