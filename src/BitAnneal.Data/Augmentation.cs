namespace BitAnneal.Data;

/// <summary>Random changes of training images. The padding is made of zero bytes, so an augmented image is still a byte image.</summary>
/// <param name="Padding">Black margin before a random crop back to the original size, in pixels.</param>
/// <param name="Flip">Whether half of the images are mirrored left to right.</param>
public sealed record Augmentation(int Padding, bool Flip)
{
    /// <summary>Takes a random part of the stored picture, scaled to the network's size, in place of the whole image; null for none.</summary>
    public RandomResizedCrop? Crop { get; init; }

    /// <summary>Changes of colour; null for none.</summary>
    public ColourJitter? Jitter { get; init; }

    /// <summary>Images as they are.</summary>
    public static Augmentation None { get; } = new(0, false);

    /// <summary>The usual one for CIFAR: margin 4, crop, flip.</summary>
    public static Augmentation Cifar { get; } = new(4, true);

    /// <summary>The usual one for ImageNet: random resized crop, flip.</summary>
    public static Augmentation ImageNet { get; } = new(0, true) { Crop = new RandomResizedCrop() };
}
