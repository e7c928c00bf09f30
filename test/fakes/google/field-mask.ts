/** A mask as `a,b(c,d(e))`; what it names of a value. https://developers.google.com/workspace/calendar/api/guides/performance#partial */
export type FieldMask = ReadonlyMap<string, FieldMask | undefined>;

/** Throws for what is no mask. */
export function parseFieldMask(text: string): FieldMask {
  const { mask, rest } = parseList(text);
  if (rest !== '') throw new Error(`invalid field mask at “${rest}”`);
  return mask;
}

function parseList(text: string): { readonly mask: FieldMask; readonly rest: string } {
  const mask = new Map<string, FieldMask | undefined>();
  let rest = text;
  for (;;) {
    const name = /^[A-Za-z]+/.exec(rest)?.[0];
    if (name === undefined) throw new Error(`invalid field mask at “${rest}”`);
    rest = rest.slice(name.length);
    let inner: FieldMask | undefined;
    if (rest.startsWith('(')) {
      const parsed = parseList(rest.slice(1));
      if (!parsed.rest.startsWith(')')) throw new Error('a bracket stays open in the field mask');
      inner = parsed.mask;
      rest = parsed.rest.slice(1);
    }
    mask.set(name, inner);
    if (!rest.startsWith(',')) return { mask, rest };
    rest = rest.slice(1);
  }
}

export function masked(value: unknown, mask: FieldMask | undefined): unknown {
  if (mask === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => masked(item, mask));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => mask.has(name))
      .map(([name, item]) => [name, masked(item, mask.get(name))]),
  );
}
