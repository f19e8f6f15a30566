using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.Wire;

/// <summary>Reads a request's body up to a limit, unpacked where it is compressed (gzip, deflate), and hands it to a parser.</summary>
internal static class RequestBody
{
    /// <summary>Reads the body. Content type is not looked at: clients of these protocols often send none.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxBytes">The limit, which also holds for what a compressed body unpacks to.</param>
    /// <param name="state">Handed to the parser.</param>
    /// <param name="parse">Parses the whole body; throws <see cref="JsonException"/>, <see cref="FailureException"/> or, where a text is no Unicode, <see cref="InvalidOperationException"/>.</param>
    public static async ValueTask<Result<T>> ReadAsync<TState, T>(HttpContext context, long maxBytes, TState state, Func<ReadOnlySequence<byte>, TState, T> parse)
    {
        var tooLarge = new Failure(ErrorCodes.TooLarge, $"The body is larger than {maxBytes} bytes.");
        if (context.Request.ContentLength > maxBytes) return tooLarge;
        var encoding = context.Request.Headers.ContentEncoding;
        if (encoding.Count == 0) return await ReadAsync(context.Request.BodyReader, tooLarge, maxBytes, state, parse, context.RequestAborted);
        var unpacked = await UnpackAsync(context, encoding.ToString());
        if (!unpacked.TryGet(out var reader, out var failure)) return failure;
        try
        {
            return await ReadAsync(reader, tooLarge, maxBytes, state, parse, context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return new Failure(ErrorCodes.Malformed, $"The body is not what its Content-Encoding '{encoding}' says.");
        }
        finally
        {
            if (reader != context.Request.BodyReader) await reader.CompleteAsync();
        }
    }

    private static async ValueTask<Result<T>> ReadAsync<TState, T>(PipeReader reader, Failure tooLarge, long maxBytes, TState state, Func<ReadOnlySequence<byte>, TState, T> parse, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                return tooLarge;
            }
            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            try
            {
                return parse(read.Buffer, state);
            }
            catch (JsonException e)
            {
                return new Failure(ErrorCodes.Malformed, $"The body is not valid JSON: {e.Message}");
            }
            // What the reader throws at a text that is no Unicode.
            catch (InvalidOperationException e)
            {
                return new Failure(ErrorCodes.Malformed, $"The body is not valid JSON: {e.Message}");
            }
            catch (FailureException e)
            {
                return e.Failure;
            }
            finally
            {
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    // Unpacking goes piece by piece into the reader above, which stops at the limit: a small body cannot become a large one.
    private static async ValueTask<Result<PipeReader>> UnpackAsync(HttpContext context, string encoding)
    {
        var body = context.Request.BodyReader;
        switch (encoding.Trim().ToLowerInvariant())
        {
            case "" or "identity": return body;
            case "gzip" or "x-gzip": return Pipe(new GZipStream(body.AsStream(leaveOpen: true), CompressionMode.Decompress));
            case "deflate":
                // The name means zlib's form; some senders leave its two bytes of header away.
                var start = await body.ReadAtLeastAsync(2, context.RequestAborted);
                var wrapped = HasZlibHeader(start.Buffer);
                body.AdvanceTo(start.Buffer.Start);
                return Pipe(wrapped ? new ZLibStream(body.AsStream(leaveOpen: true), CompressionMode.Decompress) : new DeflateStream(body.AsStream(leaveOpen: true), CompressionMode.Decompress));
            default:
                return new Failure(ErrorCodes.Malformed with { Status = StatusCodes.Status415UnsupportedMediaType }, $"The Content-Encoding '{(encoding.Length > 100 ? encoding[..100] : encoding)}' is not read here; gzip and deflate are.");
        }
    }

    private static bool HasZlibHeader(in ReadOnlySequence<byte> start)
    {
        if (start.Length < 2) return true;
        Span<byte> header = stackalloc byte[2];
        start.Slice(0, 2).CopyTo(header);
        return (header[0] & 0x0F) == 8 && ((header[0] << 8) | header[1]) % 31 == 0;
    }

    private static PipeReader Pipe(Stream stream) => PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 << 10));
}
