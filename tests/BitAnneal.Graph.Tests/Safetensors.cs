using System.Text;

namespace BitAnneal.Graphs.Tests;

/// <summary>Safetensors files with a header of any kind.</summary>
internal static class Safetensors
{
    public static byte[] Bytes(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. data];
    }

    public static string Entry(string shape = "[1]", string offsets = "[0,4]", string type = "\"F32\"") =>
        "{\"a\":" + $$"""{"dtype":{{type}},"shape":{{shape}},"data_offsets":{{offsets}} """ + "}}";
}
