using System.Reflection;
using BitAnneal.Graphs;
using BitAnneal.Onnx;

namespace BitAnneal.Runtime.Tests;

public class AssemblyTests
{
    [Theory]
    [InlineData(typeof(Graph))]
    [InlineData(typeof(OnnxImporter))]
    [InlineData(typeof(IntegerSession))]
    public void WhatDeploysLoadsOnAnyProcessor(Type type)
    {
        type.Assembly.ManifestModule.GetPEKind(out var kind, out var machine);
        Assert.Equal((PortableExecutableKinds.ILOnly, ImageFileMachine.I386), (kind, machine)); // How "any processor" is written.
    }
}
