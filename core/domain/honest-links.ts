import { type AddressClaim, addressClaims, withoutWww } from './address-claims.ts';
import type { Inline } from './document.ts';
import { inlineText } from './inline-slices.ts';
import { type ReadingForm, readingForm } from './reading-form.ts';

type Link = Extract<Inline, { readonly type: 'link' }>;

/**
 * The same inlines without a link that hides where it leads. Where the words of a link, or words that they run into,
 * read like an address with another host, they stay as words and the link follows in brackets, shown by its own address:
 * `[bank.example](https://evil.example)` becomes `bank.example (https://evil.example/)` with the brackets' inside as link.
 *
 * A word reads like an address with a scheme, or when it ends like a host name or mail address, whatever invisible
 * characters, look-alike marks, capitals or emphasis stand in it. Links lead to the ASCII form of a host, and only that
 * form reads as that host: a name of other letters is followed by it. A name before an `@` makes no host.
 */
export function honestLinks(inlines: readonly Inline[]): readonly Inline[] {
  if (!holdsLink(inlines)) return inlines;
  const form = readingForm(inlines);
  const deceptive = new Set<number>();
  for (const { claim, owners } of claimsIn(form)) {
    for (const owner of owners) {
      const link = form.links[owner];
      if (link !== undefined && !deceptive.has(owner) && !leadsTo(link, claim)) deceptive.add(owner);
    }
  }
  if (deceptive.size === 0) return inlines;
  const shown = new Set([...deceptive].map((index) => form.links[index]));
  return withAddresses(inlines, (link) => shown.has(link));
}

function holdsLink(inlines: readonly Inline[]): boolean {
  return inlines.some(
    (inline) => inline.type === 'link' || ('children' in inline && holdsLink(inline.children)),
  );
}

interface Found {
  readonly claim: AddressClaim;
  /** The links that have a part in it. */
  readonly owners: ReadonlySet<number>;
}

function claimsIn({ text, owners, links }: ReadingForm): Found[] {
  const found: Found[] = [];
  const ownAddresses = new Set([...links.keys()].filter((index) => isItsAddress(links[index])));
  for (const word of text.matchAll(/\S+/g)) {
    const places = owners.slice(word.index, word.index + word[0].length);
    if (places.every((owner) => owner < 0)) continue;
    for (const claim of addressClaims(word[0])) {
      const part = new Set(places.slice(claim.from, claim.to).filter((owner) => owner >= 0));
      // An address that holds another one, as those of archives do.
      const [only = -1] = part;
      const isOwn = ownAddresses.has(only) && places[claim.from] === only && places[claim.to - 1] === only;
      if (part.size > 0 && !isOwn) found.push({ claim, owners: part });
    }
  }
  return found;
}

/** Whether a link's words are its address and nothing else, in ASCII as far as the host goes. */
function isItsAddress(link: Link | undefined): boolean {
  if (link === undefined) return false;
  const { url, children } = link;
  const label = inlineText(children);
  const { host } = new URL(url);
  const shown = label.toLowerCase().replace(/^https?:\/\//, '');
  if (!shown.startsWith(host) || !/^(?:$|[/?#])/.test(shown.slice(host.length))) return false;
  return [label, `http://${label}`].some((text) => URL.canParse(text) && new URL(text).href === url);
}

function leadsTo({ url }: Link, claim: AddressClaim): boolean {
  const target = new URL(url);
  if (claim.name === undefined) return false;
  if (target.protocol === 'mailto:') {
    const mails = [target.pathname, decoded(target.pathname)].flatMap((path) =>
      path.toLowerCase().split(','),
    );
    return claim.kind === 'mail' && mails.some((mail) => mail.replace(/^[.@+%_-]+/, '') === claim.name);
  }
  if (claim.kind === 'mail') return false;
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  return withoutWww(target.hostname) === claim.name && (claim.port === undefined || claim.port === port);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withAddresses(inlines: readonly Inline[], isDeceptive: (link: Link) => boolean): readonly Inline[] {
  const result: Inline[] = [];
  for (const inline of inlines) {
    if (inline.type === 'link' && isDeceptive(inline)) {
      const { url, children } = inline;
      const shown: Inline = { type: 'text', text: url.replace(/^mailto:/, '') };
      const beside: readonly Inline[] = [
        { type: 'text', text: ' (' },
        { type: 'link', url, children: [shown] },
      ];
      for (const part of [...children, ...beside, { type: 'text' as const, text: ')' }]) push(part, result);
    } else if ('children' in inline && inline.type !== 'link') {
      push({ ...inline, children: withAddresses(inline.children, isDeceptive) }, result);
    } else push(inline, result);
  }
  return result;
}

/** Texts side by side become one. */
function push(inline: Inline, into: Inline[]): void {
  const last = into.at(-1);
  if (inline.type === 'text' && last?.type === 'text')
    into[into.length - 1] = { type: 'text', text: last.text + inline.text };
  else into.push(inline);
}
