import { ApiRefusal, refusal } from './api-refusal.ts';

/** A picture on a screen. */
export interface FakeSlackFile {
  readonly id: string;
  readonly name: string;
  readonly altText: string;
  readonly bytes: Uint8Array;
}

interface Ticket {
  readonly id: string;
  readonly name: string;
  readonly length: number;
  readonly altText: string;
  bytes: Uint8Array | undefined;
  isShared: boolean;
}

/** Files between the call that announces one and the call that shares it. */
export interface Uploads {
  /** The path of the address for its bytes, and its id. */
  announce(file: Pick<Ticket, 'name' | 'length' | 'altText'>): { readonly path: string; readonly id: string };
  /** Takes the bytes. */
  receive(path: string, contentType: string, body: Uint8Array): Promise<void>;
  /** The file, which is shared once; refused where its bytes never came. */
  share(id: string): FakeSlackFile;
}

const badUpload = (status: number): ApiRefusal =>
  new ApiRefusal('invalid_upload', { status, isViolation: true });

const PREFIX = '/upload/v1/';

export const isUploadPath = (path: string): boolean => path.startsWith(PREFIX);

export function createUploads(nextId: (prefix: string) => string): Uploads {
  const tickets = new Map<string, Ticket>();
  return {
    announce(file) {
      const id = nextId('F');
      const path = `${PREFIX}${id}-${'u'.repeat(24)}`;
      tickets.set(path, { ...file, id, bytes: undefined, isShared: false });
      return { path, id };
    },
    async receive(path, contentType, body) {
      const ticket = tickets.get(path);
      if (ticket === undefined || ticket.bytes !== undefined) {
        throw badUpload(404);
      }
      const headers = { 'content-type': contentType };
      const form = await new Response(new Uint8Array(body), { headers }).formData();
      const [file, ...others] = [...form.values()];
      if (!(file instanceof Blob) || others.length > 0) throw badUpload(400);
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (bytes.length !== ticket.length) throw badUpload(400);
      ticket.bytes = bytes;
    },
    share(id) {
      const ticket = [...tickets.values()].find((one) => one.id === id);
      if (ticket?.bytes === undefined || ticket.isShared) throw refusal('file_not_found');
      ticket.isShared = true;
      return { id, name: ticket.name, altText: ticket.altText, bytes: ticket.bytes };
    },
  };
}
