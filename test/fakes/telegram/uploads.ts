/** A file in a call: what the Bot API calls an `InputFile`. */
export class InputFile {
  readonly fileName: string;
  readonly bytes: Uint8Array;

  constructor(fileName: string, bytes: Uint8Array) {
    this.fileName = fileName;
    this.bytes = bytes;
  }
}

/** In a form everything is a string: objects and lists are written as JSON, numbers and flags as words. */
function readField(text: string): unknown {
  if (/^(?:-?\d{1,15}|true|false)$/.test(text) || /^[{[]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text;
}

/** The parameters of a call that is a form. That the SDK names the method there as well is nothing to the Bot API. */
export async function readUpload(
  contentType: string,
  bytes: Uint8Array,
): Promise<Readonly<Record<string, unknown>>> {
  const body = new Uint8Array(bytes);
  const form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  const entries = [...form].map(async ([name, value]): Promise<readonly [string, unknown]> => {
    if (typeof value === 'string') return [name, readField(value)];
    return [name, new InputFile(value.name, new Uint8Array(await value.arrayBuffer()))];
  });
  const { method: _, ...payload } = Object.fromEntries(await Promise.all(entries));
  return payload;
}
