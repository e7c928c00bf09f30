import type { MemberSpan, Span } from './json-spans.ts';

/** What is put in place of a stretch; an empty stretch is a place between two bytes. */
export interface Splice extends Span {
  readonly text: string;
}

/** `json` with the splices done; they must not overlap. The very same buffer where there are none. */
export function spliced(json: Uint8Array, splices: readonly Splice[]): Uint8Array {
  if (splices.length === 0) return json;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end, text } of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(json.subarray(at, start), Buffer.from(text));
    at = end;
  }
  parts.push(json.subarray(at));
  return Buffer.concat(parts);
}

/** Takes members out of an object, each with one comma. At least one must be left. */
export function withoutMembers(
  members: readonly MemberSpan[],
  isOut: (member: MemberSpan) => boolean,
): readonly Splice[] {
  const firstKept = members.findIndex((member) => !isOut(member));
  const first = members[0];
  const kept = members[firstKept];
  if (first === undefined || kept === undefined) return [];
  const leading = firstKept === 0 ? [] : [{ start: first.start, end: kept.start, text: '' }];
  const rest = members.slice(firstKept + 1).flatMap((member, place) => {
    const before = members[firstKept + place];
    return isOut(member) && before !== undefined
      ? [{ start: before.value.end, end: member.value.end, text: '' }]
      : [];
  });
  return [...leading, ...rest];
}
