export interface SvgElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The unescaped text directly inside. */
  readonly text: string;
}

interface Mutable {
  name: string;
  attributes: Record<string, string>;
  text: string;
}

const tokens = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
const isForbidden = (code: number): boolean =>
  (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) || code === 0xfffe || code === 0xffff;
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

function unescaped(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`a bare ampersand in ${text}`);
  if (text.includes(']]>')) throw new Error('the end of a CDATA section in text');
  return text.replaceAll(/&([^;]+);/g, (_, name: string) => entities[name] ?? '');
}

function attributesOf(list: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, key = '', value = ''] of list.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (key in attributes) throw new Error(`${key} twice`);
    attributes[key] = unescaped(value);
  }
  return attributes;
}

function checkCharacters(svg: string): void {
  if (!svg.isWellFormed()) throw new Error('half a character');
  for (const character of svg) {
    if (isForbidden(character.codePointAt(0) ?? 0)) throw new Error('a character that XML forbids');
  }
}

/** Every element of a document in order of their starts. Throws where XML of this plain kind is not well-formed. */
export function readSvg(svg: string): readonly SvgElement[] {
  checkCharacters(svg);
  const elements: Mutable[] = [];
  const open: Mutable[] = [];
  tokens.lastIndex = 0;
  while (tokens.lastIndex < svg.length) {
    const at = tokens.lastIndex;
    const match = tokens.exec(svg);
    if (match === null) throw new Error(`not well-formed at ${svg.slice(at, at + 60)}`);
    const [, slash, name = '', list = '', emptySlash, text] = match;
    const parent = open.at(-1);
    if (parent === undefined && elements.length > 0) throw new Error('something after the root');
    if (text !== undefined) {
      if (parent === undefined) throw new Error('text before the root');
      parent.text += unescaped(text);
    } else if (slash === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
    } else {
      const element = { name, attributes: attributesOf(list), text: '' };
      elements.push(element);
      if (emptySlash === '') open.push(element);
    }
  }
  if (open.length > 0) throw new Error(`${open.at(-1)?.name} is never closed`);
  return elements;
}
