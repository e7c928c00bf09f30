function tooLarge(): Response {
  return Response.json(
    { message: 'That is more than is taken at once.' },
    { status: 413, headers: { connection: 'close' } },
  );
}

/**
 * Hands the request on with a body of at most `maxBytes`; a longer one is answered with 413, whatever the handler makes
 * of the piece that it saw.
 */
export async function limitBody(
  request: Request,
  maxBytes: number,
  handle: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > maxBytes) return tooLarge();
  // With a declared length the HTTP parser itself ends the body there.
  if (declared !== null || request.method === 'GET' || request.method === 'HEAD') return handle(request);
  if (request.body === null) return handle(request);

  let bytes = 0;
  let exceeded = false;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes <= maxBytes) {
        controller.enqueue(chunk);
      } else {
        exceeded = true;
        controller.error(new Error('The body is too large.'));
      }
    },
  });
  const limited = new Request(request.url, {
    method: request.method,
    headers: request.headers,
    signal: request.signal,
    body: request.body.pipeThrough(counter),
    duplex: 'half',
  });
  try {
    const response = await handle(limited);
    return exceeded ? tooLarge() : response;
  } catch (error) {
    if (exceeded) return tooLarge();
    throw error;
  }
}
