namespace BitAnneal.Cli.Commands.Bench;

/// <summary>What ONNX Runtime took for networks of the same shapes.</summary>
/// <param name="Version">Version of the library.</param>
/// <param name="EightBit">8-bit integers.</param>
/// <param name="Float">float32.</param>
internal sealed record OrtTimes(string Version, ArmTimes EightBit, ArmTimes Float);
