import { z } from 'zod';
import { invalidForm, violation } from './api-refusal.ts';
import type { Json } from './guild-model.ts';

export interface UploadedFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Files beside a body, by the number in `files[n]`. */
export type Uploads = ReadonlyMap<number, UploadedFile>;

/** https://docs.discord.com/developers/reference#uploading-files */
const MAX_FILES = 10;
const MAX_BYTES = 10 * 1024 * 1024;
const refused = (field: string, why: string) => invalidForm(field, 'BASE_TYPE_INVALID', why);

/** A `multipart/form-data` body: `payload_json`, and files as `files[0]` and on. */
export async function readMultipart(
  contentType: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ readonly body: unknown; readonly files: Uploads }> {
  const form = await new Response(bytes, { headers: { 'content-type': contentType } }).formData();
  const files = new Map<number, UploadedFile>();
  let body: unknown;
  for (const [field, value] of form) {
    const place = /^files\[(\d)\]$/.exec(field)?.[1];
    if (field === 'payload_json' && typeof value === 'string' && body === undefined) {
      body = JSON.parse(value);
    } else if (place !== undefined && typeof value !== 'string') {
      if (files.has(Number(place))) throw refused(field, 'comes twice');
      const content = new Uint8Array(await value.arrayBuffer());
      files.set(Number(place), { name: value.name, type: value.type, bytes: content });
    } else {
      throw refused(field, 'is no field of an upload');
    }
  }
  if (body === undefined) throw refused('payload_json', 'is missing');
  const size = [...files.values()].reduce((sum, file) => sum + file.bytes.length, 0);
  if (files.size === 0 || files.size > MAX_FILES) throw refused('files', `1 to ${MAX_FILES} of them`);
  if (size > MAX_BYTES) throw violation(40005);
  return { body, files };
}

const entry = z.strictObject({
  id: z.string().regex(/^\d+$/),
  filename: z.string().min(1).max(1_024),
  description: z.string().max(1_024).optional(),
});

export interface Attached {
  readonly attachments: readonly Json[];
  /** By the attachment's id. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * What a message has attached to it after this body. Discord takes a file that the body does not name; here each must be
 * named, and nothing else may be. Without a word of attachments those of `before` stay.
 */
export function attachedBy(
  named: readonly Json[] | null | undefined,
  files: Uploads,
  nextId: () => string,
  before: Attached = { attachments: [], contents: new Map() },
): Attached {
  if (named === undefined || named === null) {
    if (files.size > 0) throw refused('attachments', 'names none of the files');
    return { attachments: before.attachments, contents: before.contents };
  }
  const entries = z.array(entry).safeParse(named);
  if (!entries.success) throw refused('attachments', entries.error.issues[0]?.message ?? '');
  const made = entries.data.map(({ id, filename, description }) => {
    const file = files.get(Number(id));
    if (file === undefined || file.name !== filename)
      throw refused('attachments', `no file ${id} ${filename}`);
    const own = nextId();
    const url = `https://cdn.example.org/attachments/${own}/${encodeURIComponent(filename)}`;
    const attachment: Json = {
      id: own,
      filename,
      size: file.bytes.length,
      url,
      proxy_url: url,
      content_type: file.type,
      ...(description === undefined ? {} : { description }),
    };
    return { own, attachment, bytes: file.bytes };
  });
  if (made.length !== files.size) throw refused('attachments', 'does not name every file');
  return {
    attachments: made.map(({ attachment }) => attachment),
    contents: new Map(made.map(({ own, bytes }) => [own, bytes])),
  };
}
