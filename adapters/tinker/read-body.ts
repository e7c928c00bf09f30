export interface ReadBody {
  /** No more than were asked for. */
  readonly bytes: Uint8Array;
  /** False where there is more; it is not fetched. */
  readonly isWhole: boolean;
}

/** Reads the body, unpacked, as long as it has no more than so many bytes. Rejects where it breaks off. */
export async function readBody(response: Pick<Response, 'body'>, most: number): Promise<ReadBody> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) return { bytes: joined(chunks, size), isWhole: true };
    size += part.value.length;
    if (size > most) {
      chunks.push(part.value.subarray(0, part.value.length - (size - most)));
      reader?.cancel().catch(() => undefined);
      return { bytes: joined(chunks, most), isWhole: false };
    }
    chunks.push(part.value);
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
