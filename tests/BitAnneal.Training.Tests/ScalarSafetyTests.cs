using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace BitAnneal.Training.Tests;

/// <summary>TorchSharp frees implicit scalars while native code reads them: no code of ours may make one.</summary>
public class ScalarSafetyTests
{
    [Fact]
    public void NoCodeUsesImplicitScalars()
    {
        using var file = new PEReader(File.OpenRead(typeof(Trainer).Assembly.Location));
        var reader = file.GetMetadataReader();
        var calls = new List<string>();
        foreach (var handle in reader.MemberReferences)
        {
            var member = reader.GetMemberReference(handle);
            if (member.Parent.Kind != HandleKind.TypeReference)
            {
                continue;
            }

            string type = reader.GetString(reader.GetTypeReference((TypeReferenceHandle)member.Parent).Name), name = reader.GetString(member.Name);
            int arguments = ParameterCount(reader, member);
            bool hidden = type == "Tensor" && name is "add" or "add_" or "sub" or "sub_" && arguments == 1; // These pass a scalar 1 themselves.
            if (hidden || name == "op_Implicit" && type is "Scalar" || type == "Tensor" && name is "op_Addition" or "op_Subtraction" or "op_Multiply" or "op_Division" or "op_UnaryNegation")
            {
                calls.Add($"{type}.{name}");
            }
        }

        Assert.Empty(calls);
    }

    private static int ParameterCount(MetadataReader reader, MemberReference member)
    {
        var blob = reader.GetBlobReader(member.Signature);
        blob.ReadSignatureHeader();
        return blob.ReadCompressedInteger();
    }
}
