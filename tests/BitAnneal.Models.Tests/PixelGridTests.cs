namespace BitAnneal.Models.Tests;

public class PixelGridTests
{
    [Fact]
    public void ABytesValueIsItsNormalisation()
    {
        var grid = PixelGrid.Normalized(PixelGrid.CifarMeans, PixelGrid.CifarDeviations);
        for (int channel = 0; channel < 3; channel++)
        {
            for (int pixel = 0; pixel <= 255; pixel++)
            {
                Assert.Equal((pixel / 255.0 - PixelGrid.CifarMeans[channel]) / PixelGrid.CifarDeviations[channel], grid.Dequantize(pixel, channel), tolerance: 1e-6);
            }
        }
    }

    [Fact]
    public void HalfAndHalfIsMinusOneToOne()
    {
        var grid = PixelGrid.Normalized([0.5], [0.5]);
        Assert.Equal(-1f, grid.Dequantize(0));
        Assert.Equal(1f, grid.Dequantize(255), tolerance: 1e-6f);
    }
}
