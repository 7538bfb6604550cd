using BitAnneal.Graphs;
using BitAnneal.Graphs.IO;
using BitAnneal.Onnx.Export;

namespace BitAnneal.Onnx;

/// <summary>
/// Writes a graph as a standard <c>.onnx</c> file: the oldest operator set that has its types, weights as integers at their true width, float offsets kept
/// exactly. The same graph gives the same bytes.
/// </summary>
public static class OnnxExporter
{
    /// <summary>Writes a file; an older one is replaced only by a whole new one.</summary>
    /// <param name="graph">Frozen or float; every Quantize node needs a grid.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="BitAnnealException">The graph has an open Quantize node, or the file cannot be written.</exception>
    public static void Export(Graph graph, string path)
    {
        byte[] bytes = ToBytes(graph);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>The content of the file.</summary>
    /// <exception cref="BitAnnealException">The graph has an open Quantize node.</exception>
    public static byte[] ToBytes(Graph graph) => new GraphWriter(graph).Write().ToByteArray();

    /// <summary>
    /// The same network as static quantizers write it, so that a runtime can fuse each layer into one integer operator: weights as int8 without zero
    /// point, biases as int32 in units of the layer's sums. For other runtimes to run; it is not read back.
    /// </summary>
    /// <param name="graph">Every layer reads a quantized value and has 8-bit weights around zero, without offsets.</param>
    /// <exception cref="BitAnnealException">A layer is not so; the message names it.</exception>
    public static byte[] ToSignedBytes(Graph graph) => new GraphWriter(graph, signed: true).Write().ToByteArray();
}
