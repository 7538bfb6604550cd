using BitAnneal.Runtime;

var session = IntegerSession.Load(args[0]);
byte[] image = File.ReadAllBytes(args[1]); // Planar: all red bytes, then green, then blue.
float[] logits = new float[session.OutputShape.ElementCount];
session.Run(image, logits);
Console.WriteLine($"class {Array.IndexOf(logits, logits.Max())}");
