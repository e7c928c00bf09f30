/** A parsed element, or a text. */
export type HtmlNode = string | HtmlElement;

export interface HtmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly HtmlNode[];
}

const dir = /^auto$/;
/** Every element that an answer may hold, with its attributes and the values they may have. */
const allowed: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  p: { dir },
  h3: { dir },
  h4: { dir },
  h5: { dir },
  h6: { dir },
  ul: {},
  ol: { start: /^-?\d+$/ },
  li: { dir, class: /^task$/ },
  blockquote: {},
  hr: {},
  br: {},
  div: {
    class: /^(code|table)$/,
    'data-language': /^[\w+#.-]{1,40}$/,
    role: /^region$/,
    'aria-label': /^Table$/,
    tabindex: /^0$/,
  },
  pre: { tabindex: /^0$/ },
  code: {},
  strong: {},
  em: {},
  s: {},
  a: {
    dir,
    href: /^(?:https?:\/\/|mailto:)/i,
    rel: /^noopener noreferrer nofollow$/,
    target: /^_blank$/,
  },
  span: { class: /^box( checked)?$/, role: /^img$/, 'aria-label': /^(Done|Not done)$/ },
  table: {},
  thead: {},
  tbody: {},
  tr: {},
  th: { scope: /^col$/, class: /^align-(center|right)$/, dir },
  td: { class: /^align-(center|right)$/, dir },
};
const voidElements = new Set(['br', 'hr']);
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#13;': '\r',
};

function decode(raw: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a browser would change or drop must not occur
  if (/[<>"'\r\u0000]/.test(raw)) throw new Error(`unescaped character in ${JSON.stringify(raw)}`);
  return raw.replace(/&[^;]*;?/g, (entity) => {
    const char = entities[entity];
    if (char === undefined) throw new Error(`unknown entity ${entity}`);
    return char;
  });
}

const tag = /<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>/y;
const attribute = / ([a-z-]+)="([^"]*)"/g;

function attributesOf(name: string, raw: string): Record<string, string> {
  const rules = allowed[name];
  if (rules === undefined) throw new Error(`element ${name}`);
  const found: Record<string, string> = {};
  for (const [, key = '', value = ''] of raw.matchAll(attribute)) {
    const decoded = decode(value.replaceAll("'", '&#39;'));
    if (!Object.hasOwn(rules, key) || !rules[key]?.test(decoded))
      throw new Error(`${name} ${key}="${decoded}"`);
    if (Object.hasOwn(found, key)) throw new Error(`${name} has ${key} twice`);
    found[key] = decoded;
  }
  return found;
}

/** Reads HTML the strict way: only what an answer may hold, everything escaped, everything closed. Throws otherwise. */
export function parseStrict(html: string): readonly HtmlNode[] {
  const root: HtmlNode[] = [];
  const open: { name: string; children: HtmlNode[] }[] = [{ name: '', children: root }];
  let at = 0;
  while (at < html.length) {
    const here = open.at(-1)!;
    if (html[at] !== '<') {
      const end = html.indexOf('<', at);
      const raw = html.slice(at, end === -1 ? html.length : end);
      here.children.push(decode(raw));
      at += raw.length;
      continue;
    }
    tag.lastIndex = at;
    const match = tag.exec(html);
    if (match === null) throw new Error(`not a tag: ${html.slice(at, at + 60)}`);
    at = tag.lastIndex;
    const [, slash, name = '', raw = ''] = match;
    if (slash === '/') {
      if (here.name !== name || raw !== '') throw new Error(`</${name}> closes <${here.name}>`);
      open.pop();
    } else {
      const children: HtmlNode[] = [];
      here.children.push({ name, attributes: attributesOf(name, raw), children });
      if (!voidElements.has(name)) open.push({ name, children });
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is not closed`);
  return root;
}

/** The characters on the page, a line break as `\n`. */
export function textOf(nodes: readonly HtmlNode[]): string {
  return nodes
    .map((node) => {
      if (typeof node === 'string') return node;
      return node.name === 'br' ? '\n' : textOf(node.children);
    })
    .join('');
}

/** Every element, outermost first. */
export function elementsOf(nodes: readonly HtmlNode[]): readonly HtmlElement[] {
  return nodes.flatMap((node) => (typeof node === 'string' ? [] : [node, ...elementsOf(node.children)]));
}
