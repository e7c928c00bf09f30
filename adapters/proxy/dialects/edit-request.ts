import type { OwnFields, ReadRequest } from '../dialect-port.ts';
import { type MemberSpan, memberOf, membersAt, rootStart } from './json-spans.ts';
import { withoutOwnFields } from './own-fields.ts';
import { bufferOf } from './parse-body.ts';
import { type Splice, spliced } from './splice.ts';

/** A body with its top members found. */
export interface OpenBody {
  readonly json: Buffer;
  /** Where the object begins. */
  readonly start: number;
  readonly members: readonly MemberSpan[];
}

/** Where a block goes in a dialect; none where the body has no place for it that its server would read. */
export type PlaceBlock = (body: OpenBody, block: string) => readonly Splice[];

function openBody(body: Uint8Array): OpenBody {
  const json = bufferOf(body);
  const start = rootStart(json);
  return { json, start, members: membersAt(json, start) };
}

/**
 * `ReadRequest.edit` over a body that was read. Places are looked up in the bytes themselves and only where something is to be
 * changed, so that whatever else stands there reaches the server as it was written.
 */
export function createEdit(
  body: Uint8Array,
  model: string,
  own: OwnFields,
  placeBlock: PlaceBlock,
): ReadRequest['edit'] {
  const hasOwn = own.key !== undefined || own.feedback !== undefined;
  let opened: OpenBody | undefined;
  return (changes) => {
    const newModel = changes.model === model ? undefined : changes.model;
    if (changes.block === '' && newModel === undefined && !hasOwn) return body;
    opened ??= openBody(body);
    const { json, members } = opened;
    const named = newModel === undefined ? undefined : memberOf(members, 'model');
    return spliced(body, [
      ...(changes.block === '' ? [] : placeBlock(opened, changes.block)),
      ...(named === undefined ? [] : [{ ...named.value, text: JSON.stringify(newModel) }]),
      ...(hasOwn ? withoutOwnFields(json, members) : []),
    ]);
  };
}
