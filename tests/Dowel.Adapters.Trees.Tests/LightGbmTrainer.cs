using System.Runtime.InteropServices;

namespace Dowel.Adapters.Trees.Tests;

/// <summary>Trains with LightGBM's own library, as its Python package does, and answers with the booster that was trained.</summary>
internal static unsafe partial class LightGbmTrainer
{
    private const string Library = "lib_lightgbm";

    /// <summary>Skips the test where the machine lacks what the library needs; not in CI.</summary>
    public static void SkipWithoutOpenMp()
        => Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") is null && !NativeLibrary.TryLoad("libgomp.so.1", out _), "needs libgomp1; ./eng/test installs it");

    /// <summary>What is trained: rows in row-major order.</summary>
    public sealed record Data(double[] X, int Width, float[] Labels, int[]? Groups = null, string[]? Names = null)
    {
        public int Rows => X.Length / Width;
    }

    /// <summary>Trains, saves and asks for the given rows.</summary>
    public static double[] Train(string path, string parameters, int rounds, Data data, double[] asked)
    {
        parameters = $"num_threads=1 verbosity=-1 seed=7 deterministic=true min_data_in_leaf=5 {parameters}";
        nint dataset, booster;
        fixed (double* x = data.X) Throw(LGBM_DatasetCreateFromMat(x, 1, data.Rows, data.Width, 1, parameters, 0, out dataset));
        fixed (float* labels = data.Labels) Throw(LGBM_DatasetSetField(dataset, "label", labels, data.Labels.Length, 0));
        if (data.Groups is { } groups)
            fixed (int* first = groups) Throw(LGBM_DatasetSetField(dataset, "group", first, groups.Length, 2));
        if (data.Names is { } names) Throw(LGBM_DatasetSetFeatureNames(dataset, names, names.Length));
        Throw(LGBM_BoosterCreate(dataset, parameters, out booster));
        for (var round = 0; round < rounds; round++)
        {
            Throw(LGBM_BoosterUpdateOneIter(booster, out var finished));
            if (finished != 0) break;
        }
        Throw(LGBM_BoosterSaveModel(booster, 0, -1, 0, path));
        Throw(LGBM_BoosterGetNumClasses(booster, out var classes));
        var answers = new double[asked.Length / data.Width * classes];
        fixed (double* x = asked)
        fixed (double* first = answers)
            Throw(LGBM_BoosterPredictForMat(booster, x, 1, asked.Length / data.Width, data.Width, 1, 0, 0, -1, parameters, out _, first));
        Throw(LGBM_BoosterFree(booster));
        Throw(LGBM_DatasetFree(dataset));
        return answers;
    }

    private static void Throw(int code)
    {
        if (code != 0) throw new InvalidOperationException(Marshal.PtrToStringUTF8(LGBM_GetLastError()));
    }

    [LibraryImport(Library)]
    private static partial nint LGBM_GetLastError();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LGBM_DatasetCreateFromMat(double* data, int type, int rows, int columns, int rowMajor, string parameters, nint reference, out nint dataset);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LGBM_DatasetSetField(nint dataset, string name, void* data, int count, int type);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LGBM_DatasetSetFeatureNames(nint dataset, string[] names, int count);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LGBM_BoosterCreate(nint dataset, string parameters, out nint booster);

    [LibraryImport(Library)]
    private static partial int LGBM_BoosterUpdateOneIter(nint booster, out int finished);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LGBM_BoosterSaveModel(nint booster, int start, int iterations, int importance, string path);

    [LibraryImport(Library)]
    private static partial int LGBM_BoosterGetNumClasses(nint booster, out int classes);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LGBM_BoosterPredictForMat(nint booster, double* data, int type, int rows, int columns, int rowMajor, int predictType, int start, int iterations, string parameters, out long length, double* result);

    [LibraryImport(Library)]
    private static partial int LGBM_BoosterFree(nint booster);

    [LibraryImport(Library)]
    private static partial int LGBM_DatasetFree(nint dataset);
}
