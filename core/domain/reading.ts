/** Either what was asked for, or which fields make no sense: names of fields, never what they hold. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** What checks a payload, as schema libraries do. */
export interface PayloadSchema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] };
      };
}

/** Field names in a payload may be somebody's words: only what looks like a name of a platform's is repeated. */
const pathPart = (part: PropertyKey): string => {
  const text = String(part);
  return /^[a-z_]{1,40}$|^\d{1,4}$/.test(text) ? text : '*';
};

/** Reads payloads by a schema. Never throws. */
export function reader<T>(schema: PayloadSchema<T>): (value: unknown) => Reading<T> {
  return (value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { ok: true, value: parsed.data };
    const paths = parsed.error.issues.map((issue) => issue.path.map(pathPart).join('.'));
    return { ok: false, problem: [...new Set(paths)].slice(0, 5).join(', ') };
  };
}
