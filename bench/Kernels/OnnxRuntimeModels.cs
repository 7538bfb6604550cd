using BitAnneal.Onnx.Export;
using BitAnneal.Onnx.Schema;
using Microsoft.ML.OnnxRuntime;

namespace BitAnneal.Bench;

/// <summary>The same work in ONNX Runtime, on one thread.</summary>
internal static class OnnxRuntimeModels
{
    private const int Int8 = 3, Int32 = 6, OperatorSet = 21;

    /// <summary>
    /// QLinearConv with unsigned activations and signed weights, its fastest form. Convolutions in a chain work in the layout of the
    /// library; the first and the last also transpose.
    /// </summary>
    public static Candidate Convolutions(Layer layer, int count, string name)
    {
        var model = new ModelBuilder();
        string value = "x";
        for (int i = 0; i < count; i++)
        {
            string scale = model.Floats([0.01f]), zero = model.Bytes([0]);
            string weights = model.Constant(Int8, Random(layer.Outputs * layer.Inputs * 9), [layer.Outputs, layer.Inputs, 3, 3]);
            string weightScale = model.Floats([.. Enumerable.Repeat(0.01f, layer.Outputs)], layer.Outputs);
            string weightZero = model.Constant(Int8, new byte[layer.Outputs], [layer.Outputs]);
            string bias = model.Constant(Int32, new byte[layer.Outputs * sizeof(int)], [layer.Outputs]);
            value = model.Node("QLinearConv", [value, scale, zero, weights, weightScale, weightZero, scale, zero, bias], null,
                ModelBuilder.Attribute("kernel_shape", 3L, 3L), ModelBuilder.Attribute("pads", 1L, 1L, 1L, 1L));
        }

        byte[] input = Random(layer.Inputs * layer.Side * layer.Side);
        return Runner(name, count * layer.Operations, model, OnnxTypes.UInt8, value, OnnxTypes.UInt8, input, [1, layer.Inputs, layer.Side, layer.Side]);
    }

    /// <summary>MatMulInteger: unsigned input, signed weights of 8 bits.</summary>
    public static Candidate MatrixVector8(int outputs, int inputs, string name)
    {
        var model = new ModelBuilder();
        string weights = model.Constant(Int8, Random(outputs * inputs), [inputs, outputs]);
        string value = model.Node("MatMulInteger", ["x", weights, model.Bytes([128])]);
        return Runner(name, 2.0 * outputs * inputs, model, OnnxTypes.UInt8, value, Int32, Random(inputs), [1, inputs]);
    }

    /// <summary>MatMulNBits: float32 input that is quantized to 8 bits inside, weights of few bits with a scale per 128.</summary>
    public static Candidate MatrixVectorNarrow(int outputs, int inputs, int bits, string name)
    {
        const int Block = 128;
        var model = new ModelBuilder();
        int blocks = inputs / Block;
        string weights = model.Constant(OnnxTypes.UInt8, Random(outputs * inputs * bits / 8), [outputs, blocks, Block * bits / 8]);
        string scales = model.Floats([.. Enumerable.Repeat(0.01f, outputs * blocks)], outputs, blocks);
        string value = model.Node("MatMulNBits", ["x", weights, scales], null, ModelBuilder.Attribute("K", (long)inputs), ModelBuilder.Attribute("N", (long)outputs),
            ModelBuilder.Attribute("bits", (long)bits), ModelBuilder.Attribute("block_size", (long)Block), ModelBuilder.Attribute("accuracy_level", 4L));
        model.Graph.Node[^1].Domain = "com.microsoft";
        return Runner(name, 2.0 * outputs * inputs, model, OnnxTypes.Float, value, OnnxTypes.Float, new float[inputs].Select((_, i) => i % 7 - 3f).ToArray(), [1, inputs]);
    }

    private static Candidate Runner<T>(string name, double operations, ModelBuilder model, int inputType, string output, int outputType, T[] data, long[] shape)
        where T : unmanaged
    {
        model.Graph.Name = "g";
        model.Graph.Input.Add(new ValueInfoProto { Name = "x", ElementType = inputType, Shape = [.. shape.Select(d => new ValueInfoProto.Dimension(d, ""))] });
        model.Graph.Output.Add(new ValueInfoProto { Name = output, ElementType = outputType });
        var file = new ModelProto { IrVersion = 10, Graph = model.Graph };
        file.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        file.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        var session = new InferenceSession(file.ToByteArray(), options);
        var run = new RunOptions();
        OrtValue[] inputs = [OrtValue.CreateTensorValueFromMemory(data, shape)];
        string[] inputNames = ["x"], outputNames = [output];
        return new Candidate(name, operations, () =>
        {
            using var results = session.Run(run, inputNames, inputs, outputNames);
        });
    }

    private static byte[] Random(int count)
    {
        byte[] bytes = new byte[count];
        new Random(2).NextBytes(bytes);
        return bytes;
    }
}
