using BitAnneal.Graphs;
using BitAnneal.Onnx;
using BitAnneal.Runtime;
using TinyClassifier;

string[] classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
if (args.Length != 1)
{
    Console.Error.WriteLine("usage: TinyClassifier IMAGE   (binary PPM of any size, or 3072 bytes: 32 x 32 red, then green, then blue)");
    return 2;
}

try
{
    using var resource = typeof(Picture).Assembly.GetManifestResourceStream("model.onnx")!;
    byte[] model = new byte[resource.Length];
    resource.ReadExactly(model);
    var session = IntegerSession.Create(OnnxImporter.Parse(model, "model.onnx"));

    float[] logits = new float[classes.Length];
    session.Run(Picture.Read(args[0]), logits);
    int best = Array.IndexOf(logits, logits.Max());
    double probability = 1 / logits.Sum(l => Math.Exp(l - logits[best]));
    Console.WriteLine(FormattableString.Invariant($"{classes[best]} {100 * probability:F1} %"));
    return 0;
}
catch (BitAnnealException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
