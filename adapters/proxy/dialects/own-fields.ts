import type { OwnFields } from '../dialect-port.ts';
import { kindAt, type MemberSpan, memberOf, membersAt } from './json-spans.ts';
import { type Fields, invalidField, isFields } from './parse-body.ts';
import { type Splice, withoutMembers } from './splice.ts';

const keyField = 'metaclaw_key';
const feedbackField = 'metaclaw_feedback';
const maxKeyChars = 200;

function ownString(metadata: Fields, name: string): string | undefined {
  const value = metadata[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalidField(`metadata.${name}`, `metadata.${name} must be a string.`);
}

/** Throws `invalid_input` where one of them is no string, or the key is empty or longer than 200 characters. */
export function readOwnFields(body: Fields): OwnFields {
  const metadata = body['metadata'];
  if (!isFields(metadata)) return {};
  const key = ownString(metadata, keyField);
  const feedback = ownString(metadata, feedbackField);
  if (key !== undefined && (key === '' || key.length > maxKeyChars)) {
    throw invalidField(
      `metadata.${keyField}`,
      `metadata.${keyField} must have 1 to ${maxKeyChars} characters.`,
    );
  }
  return { ...(key !== undefined && { key }), ...(feedback !== undefined && { feedback }) };
}

const isOwn = ({ key }: MemberSpan): boolean => key === keyField || key === feedbackField;

/** Takes our own fields out of the `metadata` among `members`, and all of `metadata` where nothing else is in it. */
export function withoutOwnFields(json: Buffer, members: readonly MemberSpan[]): readonly Splice[] {
  const metadata = memberOf(members, 'metadata');
  if (metadata === undefined || kindAt(json, metadata.value.start) !== 'object') return [];
  const inside = membersAt(json, metadata.value.start);
  if (!inside.some(isOwn)) return [];
  if (!inside.every(isOwn)) return withoutMembers(inside, isOwn);
  // Also one that this one overrode: it would count again.
  return withoutMembers(members, ({ key }) => key === 'metadata');
}
