namespace Dowel.Serving.Models;

/// <summary>
/// Sends no request over a connection whose last answer was a fault (5xx). Servers such as uvicorn close it after one without saying so, and the next request,
/// somebody else's, would go down with it. Only what was never sent is sent again, so nothing is asked twice.
/// </summary>
public sealed class FaultyConnections : DelegatingHandler
{
    private static readonly AsyncLocal<Exchange?> Current = new();

    /// <summary>Puts it before a handler of its own, which it makes one for model servers.</summary>
    /// <param name="inner">With what is particular to the server.</param>
    public FaultyConnections(SocketsHttpHandler inner) : base(inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        (inner.AllowAutoRedirect, inner.UseCookies, inner.UseProxy) = (false, false, false);
        // Before the servers do it: uvicorn closes what was idle for 5 s, and a request could be on its way just then.
        inner.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(3);
        inner.ConnectCallback = static async (context, ct) => new Connection(await ServerAddresses.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, null, ct));
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        while (true)
        {
            var exchange = new Exchange();
            Current.Value = exchange;
            try
            {
                var response = await base.SendAsync(request, cancellationToken);
                if ((int)response.StatusCode >= 500) exchange.Connection?.EndWith(exchange);
                return response;
            }
            // Each such connection is gone by then, so this ends. A body that was read from elsewhere cannot be read again.
            catch (HttpRequestException e) when (e.GetBaseException() is NotSentException && request.Content is null or ReadOnlyMemoryContent or ByteArrayContent)
            {
            }
        }
    }

    /// <summary>A request and the connection that it went over.</summary>
    private sealed class Exchange
    {
        public Connection? Connection { get; set; }
    }

    private sealed class NotSentException() : IOException("The connection's last answer was a fault.");

    private sealed class Connection(Stream inner) : Stream
    {
        private volatile Exchange? _last;

        /// <summary>Takes no request after this one.</summary>
        public void EndWith(Exchange exchange) => _last = exchange;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);
        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.ReadAsync(buffer, offset, count, cancellationToken);
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override int Read(Span<byte> buffer) => inner.Read(buffer);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Begin();
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Begin();
            return inner.WriteAsync(buffer, offset, count, cancellationToken);
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            Begin();
            inner.Write(buffer, offset, count);
        }

        public override void Flush() => inner.Flush();
        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }

        // What is written belongs to the request in whose flow it is written.
        private void Begin()
        {
            var exchange = Current.Value;
            if (_last is { } last && last != exchange) throw new NotSentException();
            if (exchange is not null) exchange.Connection = this;
        }
    }
}
