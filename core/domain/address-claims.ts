import { isTopLevelDomain } from './top-level-domains.ts';

/** A place in a word that reads like an address. */
export interface AddressClaim {
  readonly from: number;
  /** Behind its path, where it has one. */
  readonly to: number;
  readonly kind: 'host' | 'mail';
  /** The host without `www.`, or the mail address; `undefined` where no address may be believed to be this one. */
  readonly name: string | undefined;
  readonly port?: string;
}

const withScheme =
  /[a-z][a-z0-9+.-]{0,30}:\/\/(?<authority>\[[0-9a-f:.]*\](?::\d*)?|(?:[\p{L}\p{N}\p{M}._~%:@+=&$*-]|。(?=[a-z0-9])){0,300})/gu;
/** Letters of alphabets that can be taken for Latin ones, digits, marks, and what stands inside host names and mail addresses. */
const nameRun =
  /[\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Armn}\p{sc=Cher}\p{sc=Copt}\p{sc=Lisu}\p{N}\p{M}.@+%_-]+/gu;
const otherScriptName = /(?<=[\p{L}\p{N}])\.(?<name>[\p{L}\p{M}\p{N}-]+)/gu;
const latinLike = /[\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Armn}\p{sc=Cher}\p{sc=Copt}\p{sc=Lisu}]/u;
const passesForLatin = /[\p{sc=Latn}\p{sc=Armn}\p{sc=Cher}\p{sc=Copt}\p{sc=Lisu}]/u;
const edges = /^[.@+%_-]+|[.@+%_-]+$/g;
const startsPath = /[/?#:\\]/;
const pathStop = /[，。、；：！？）」』】》]/;

/** Cyrillic and Greek letters and the Latin ones that they pass for. */
const twins = new Map(
  [...'аaеeоoрpсcхxуyіiјjѕsһhԁdԛqԝwкkмmтtнhвbгrпnиuбbαaβbεeιiκkνvοoρpτtυuχxϲcηnωw'.matchAll(/(..)/gu)].map(
    ([pair]) => [pair.slice(0, 1), pair.slice(1)],
  ),
);

/** No host name or mail address is longer. */
const maxNameChars = 320;

/** Every address that a word (no blanks, in its reading form) seems to name. Linear in its length. */
export function addressClaims(word: string): readonly AddressClaim[] {
  const schemes = schemeClaims(word);
  return [...schemes, ...nameClaims(word, schemes[0]?.from ?? word.length), ...otherScriptClaims(word)];
}

function schemeClaims(word: string): AddressClaim[] {
  if (!word.includes('://')) return [];
  const matches = [...word.matchAll(withScheme)];
  return matches.map((match, index) => {
    const authority = match.groups?.['authority'] ?? '';
    const end = match.index + match[0].length;
    // The first address holds the others, as those of archives do; the others reach as far as the next one.
    const limit = index === 0 ? word.length : matches[index + 1]?.index;
    return { from: match.index, to: pathEnd(word, end, limit), kind: 'host', ...hostOf(authority) };
  });
}

/** What a name before an `@` says is not where such an address leads: nothing matches it. */
function hostOf(authority: string): { readonly name: string | undefined; readonly port?: string } {
  if (authority.includes('@')) return { name: undefined };
  const [, host = '', port] =
    /^(.*?)(?::(\d{1,5}))?$/s.exec(authority.replaceAll('。', '.').replace(/[^\p{L}\p{N}\p{M}\]]+$/u, '')) ??
    [];
  const name = withoutWww(host);
  return port === undefined ? { name } : { name, port };
}

export function withoutWww(host: string): string {
  return host.startsWith('www.') ? host.slice(4) : host;
}

/** A bracket that the address did not open ends it. */
function pathEnd(word: string, end: number, limit = word.length): number {
  if (!startsPath.test(word[end] ?? '')) return end;
  let open = 0;
  for (let at = end; at < limit; at += 1) {
    const char = word[at] ?? '';
    if (char === '(') open += 1;
    else if (char === ')') open -= 1;
    if (open < 0 || pathStop.test(char)) return at;
  }
  return limit;
}

function nameClaims(word: string, before: number): AddressClaim[] {
  const claims: AddressClaim[] = [];
  let covered = 0;
  for (const match of word.slice(0, before).matchAll(nameRun)) {
    const from = match.index;
    // The rest of a path: `docs/README.md` names no host.
    if (from < covered || /[^/]\/$/.test(word.slice(Math.max(0, from - 2), from))) continue;
    const claim = nameClaim(word, match[0], from);
    if (claim === undefined) continue;
    claims.push(claim);
    covered = claim.to;
  }
  return claims;
}

function nameClaim(word: string, run: string, at: number): AddressClaim | undefined {
  if (run.length > maxNameChars) {
    return /[.@]/.test(run) ? { from: at, to: at + run.length, kind: 'host', name: undefined } : undefined;
  }
  const name = run.replaceAll(edges, '');
  const parts = name.split('@');
  const labels = (parts.at(-1) ?? '').split('.').filter((label) => label !== '');
  const before = lastChar(word.slice(0, at));
  // A name that begins in a script without blanks between words: 中文.com.
  const isGlued = run.startsWith('.') && /\p{L}/u.test(before);
  const last = labels.at(-1);
  if (last === undefined || (labels.length < 2 && !isGlued)) return undefined;
  if (!isAddressEnd(last) && !isIpAddress(name)) return undefined;
  const end = at + run.replace(/[.@+%_-]+$/, '').length;
  const span = { from: isGlued ? at - before.length : at, to: pathEnd(word, end) };
  if (isGlued || parts.length > 2) return { ...span, kind: 'host', name: undefined };
  if (parts.length === 2) return { ...span, kind: 'mail', name };
  const port = /^:(\d{1,5})/.exec(word.slice(end, end + 6))?.[1];
  return { ...span, kind: 'host', name: withoutWww(name), ...(port === undefined ? {} : { port }) };
}

const lastChar = (text: string): string => [...text.slice(-2)].at(-1) ?? '';

/** Whether a host name may end with this label, or with one that looks like it. */
function isAddressEnd(label: string): boolean {
  if (/^[\0-\x7f]*$/.test(label)) return isTopLevelDomain(label);
  const bare = label.normalize('NFD').replaceAll(/\p{M}/gu, '');
  if (passesForLatin.test(bare)) return !/^[\0-\x7f]*$/.test(bare) || isTopLevelDomain(bare);
  return (
    isTopLevelDomain(label) || isTopLevelDomain([...bare].map((char) => twins.get(char) ?? char).join(''))
  );
}

function isIpAddress(name: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/.test(name);
}

/** Names such as 例子.中国, in scripts whose words stand together without blanks. */
function otherScriptClaims(word: string): AddressClaim[] {
  return [...word.matchAll(otherScriptName)]
    .filter((match) => {
      const name = match.groups?.['name'] ?? '';
      return !latinLike.test(name) && isTopLevelDomain(name);
    })
    .map((match) => {
      const to = pathEnd(word, match.index + match[0].length);
      return { from: match.index - 1, to, kind: 'host', name: undefined };
    });
}
