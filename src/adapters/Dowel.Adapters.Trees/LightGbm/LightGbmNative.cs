using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.LightGbm;

/// <summary>The part of LightGBM's C interface that predicts (LightGBM/c_api.h).</summary>
internal static unsafe partial class LightGbmNative
{
    private const string Library = "lib_lightgbm";
    private const int Float64 = 1;
    private const int PredictNormal = 0;

    /// <summary>Loads a model of text that <see cref="LightGbmText"/> wrote; the native reader trusts what it reads.</summary>
    /// <param name="text">UTF-8, closed by a zero.</param>
    public static Booster Load(ReadOnlySpan<byte> text)
    {
        try
        {
            // Of this thread alone: it would write warnings to the console.
            LGBM_RegisterLogCallback(&Ignore);
            nint handle;
            fixed (byte* first = text) Throw(LGBM_BoosterLoadModelFromString(first, out _, out handle));
            return new Booster(handle);
        }
        catch (DllNotFoundException e)
        {
            throw new ModelException(Explain(e.Message, RuntimeInformation.ProcessArchitecture), e);
        }
    }

    /// <summary>What to do where the library cannot be loaded.</summary>
    public static string Explain(string error, Architecture architecture) => architecture != Architecture.X64
        ? $"LightGBM's native library is made for x64 processors; this server runs on {architecture}."
        : error.Contains("libgomp", StringComparison.Ordinal)
            ? "LightGBM's native library needs libgomp, which this machine lacks. Install it (Debian and Ubuntu: apt-get install libgomp1) and load the model again."
            : $"LightGBM's native library could not be loaded: {error}";

    /// <summary>What one thread at a time predicts with; the library keeps its buffers in it.</summary>
    public static RowPredictor CreatePredictor(Booster booster, int width)
    {
        var referenced = false;
        booster.DangerousAddRef(ref referenced);
        try
        {
            Throw(LGBM_BoosterPredictForMatSingleRowFastInit(booster.DangerousGetHandle(), PredictNormal, 0, -1, Float64, width, "num_threads=1 verbosity=-1", out var handle));
            var predictor = new RowPredictor(handle, booster);
            referenced = false;
            return predictor;
        }
        finally
        {
            if (referenced) booster.DangerousRelease();
        }
    }

    /// <summary>Predicts rows one after another.</summary>
    public static void Predict(RowPredictor predictor, ReadOnlySpan<double> rows, int width, Span<double> results, int resultWidth)
    {
        fixed (double* row = rows)
        fixed (double* result = results)
        {
            var count = results.Length / resultWidth;
            for (var r = 0; r < count; r++) Throw(LGBM_BoosterPredictForMatSingleRowFast(predictor, row + ((long)r * width), out _, result + ((long)r * resultWidth)));
        }
    }

    private static void Throw(int code)
    {
        if (code != 0) throw new ModelException($"LightGBM: {Marshal.PtrToStringUTF8(LGBM_GetLastError())}");
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Ignore(byte* message) { }

    [LibraryImport(Library)]
    private static partial nint LGBM_GetLastError();

    [LibraryImport(Library)]
    private static partial int LGBM_RegisterLogCallback(delegate* unmanaged[Cdecl]<byte*, void> callback);

    [LibraryImport(Library)]
    private static partial int LGBM_BoosterLoadModelFromString(byte* model, out int iterations, out nint booster);

    [LibraryImport(Library)]
    private static partial int LGBM_BoosterFree(nint booster);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LGBM_BoosterPredictForMatSingleRowFastInit(nint booster, int predictType, int startIteration, int iterations, int dataType, int columns, string parameters, out nint predictor);

    [LibraryImport(Library)]
    private static partial int LGBM_BoosterPredictForMatSingleRowFast(RowPredictor predictor, double* row, out long length, double* result);

    [LibraryImport(Library)]
    private static partial int LGBM_FastConfigFree(nint predictor);

    /// <summary>A loaded model.</summary>
    public sealed class Booster : SafeHandle
    {
        public Booster(nint handle) : base(0, ownsHandle: true) => SetHandle(handle);

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => LGBM_BoosterFree(handle) == 0;
    }

    /// <summary>Holds its model alive.</summary>
    public sealed class RowPredictor : SafeHandle
    {
        private readonly Booster _booster;

        public RowPredictor(nint handle, Booster booster) : base(0, ownsHandle: true)
        {
            _booster = booster;
            SetHandle(handle);
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            var freed = LGBM_FastConfigFree(handle) == 0;
            _booster.DangerousRelease();
            return freed;
        }
    }
}
