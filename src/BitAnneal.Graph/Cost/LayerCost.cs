namespace BitAnneal.Graphs.Cost;

/// <summary>What one convolution or linear layer costs for one image.</summary>
/// <param name="Name">Node name.</param>
/// <param name="Operator">Operator name.</param>
/// <param name="OutputShape">Shape of its result.</param>
/// <param name="MultiplyAccumulates">Multiply-accumulate operations; places in the padding count.</param>
/// <param name="WeightCount">Number of weights, without the bias.</param>
/// <param name="WeightBits">Width of a weight; 32 for float.</param>
/// <param name="ActivationBits">Width of an input activation; 32 for float.</param>
/// <param name="ParameterBytes">Bytes of its parameters: codes at their true width, grids and floats at 4 bytes a number.</param>
/// <param name="WeightGrid">Grid of the weight; null for float.</param>
/// <param name="ActivationGrid">Grid of the input; null for float.</param>
public sealed record LayerCost(
    string Name, string Operator, TensorShape OutputShape, long MultiplyAccumulates, long WeightCount, int WeightBits, int ActivationBits,
    long ParameterBytes, Grid? WeightGrid, Grid? ActivationGrid)
{
    /// <summary>Bit operations: MACs · weight bits · activation bits.</summary>
    public long BitOperations => MultiplyAccumulates * WeightBits * ActivationBits;
}
