using BitAnneal.Runtime;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: Classify MODEL.onnx IMAGE.bin (planar bytes, as many as the network reads)");
    return 2;
}

var session = IntegerSession.Load(args[0]);
byte[] image = File.ReadAllBytes(args[1]); // Planar: all red bytes, then green, then blue.
float[] logits = new float[session.OutputShape.ElementCount];
session.Run(image, logits);
Console.WriteLine($"class {Array.IndexOf(logits, logits.Max())}");
return 0;
