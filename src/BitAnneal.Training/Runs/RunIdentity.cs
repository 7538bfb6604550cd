using System.Buffers.Binary;
using System.Security.Cryptography;
using BitAnneal.Data;

namespace BitAnneal.Training.Runs;

/// <summary>What a run is made of, by name. A checkpoint carries it, and only the same run goes on from there.</summary>
internal static class RunIdentity
{
    /// <summary>The images of both sets: their numbers, all labels, and some of the images themselves.</summary>
    public static string Of(ImageDataset data) => $"{data.Name}: training {Of(data.Train)}, test {Of(data.Test)}";

    private static string Of(IImageSource images)
    {
        const int Looked = 32; // Reading every image of a large folder would cost minutes before the first step.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> label = stackalloc byte[4];
        for (int i = 0; i < images.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(label, images.Label(i));
            hash.AppendData(label);
        }

        for (int i = 0; i < Math.Min(Looked, images.Count); i++)
        {
            hash.AppendData(images.Image((int)((long)i * images.Count / Math.Min(Looked, images.Count))));
        }

        return $"{images.Count} images of {images.ClassCount} classes, digest {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }
}
