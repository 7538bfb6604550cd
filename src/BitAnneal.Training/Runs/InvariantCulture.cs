using System.Globalization;

namespace BitAnneal.Training.Runs;

/// <summary>The text of records, whose members are written as the thread's culture says: what is kept and compared must not depend on it.</summary>
internal static class InvariantCulture
{
    /// <summary>Makes a value as if the thread had no culture.</summary>
    public static T Of<T>(Func<T> make)
    {
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return make();
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
