import type { Inline } from '../../core/domain/document.ts';

type Mark = 'strong' | 'emphasis' | 'strikethrough';

/** How one flavour of markup writes inlines. */
export interface InlineDialect {
  readonly markers: Readonly<Record<Mark, string>>;
  /** Literal text. `isLineStart`: nothing stands before it on its line. */
  literal(text: string, isLineStart: boolean): string;
  /** Code of one line between its marks; `undefined` where this text cannot be marked as code. */
  code(text: string): string | undefined;
  /** `before`: the character before it, `''` at the edge of a line. */
  link(url: string, label: string, before: string): string;
  readonly lineBreak: string;
  /** Called where a mark of the tree had to be left out. */
  onDropped?(): void;
  /** Writes every mark, also one that would not be read as a mark: an upper bound of the length. */
  readonly keepsAllMarks: boolean;
}

interface Around {
  /** What stands before and after, `''` at the edge of a line. */
  readonly before: string;
  readonly after: string;
  /** Marks that are open already. */
  readonly within: ReadonlySet<Mark>;
}

const wordChar = /[\p{L}\p{N}\p{M}_]/u;
const atEdge: Around = { before: '', after: '', within: new Set() };

/** One string a node; together they are the line. A mark stands only where it will be read as one. */
export function writeInlines(
  nodes: readonly Inline[],
  dialect: InlineDialect,
  around: Around = atEdge,
): readonly string[] {
  let before = around.before;
  return nodes.map((node, index) => {
    const after = firstChar(nodes, index + 1) ?? around.after;
    const written = writeInline(node, dialect, { ...around, before, after });
    if (written !== '') before = lastChar(written);
    return written;
  });
}

function writeInline(node: Inline, dialect: InlineDialect, around: Around): string {
  switch (node.type) {
    case 'text':
      return dialect.literal(node.text, isLineEdge(around.before));
    case 'break':
      return dialect.lineBreak;
    case 'code': {
      const line = node.text.replaceAll('\n', ' ');
      const marked = line.trim() === '' ? undefined : dialect.code(line);
      if (marked !== undefined && (dialect.keepsAllMarks || canStand('`', around))) return marked;
      dialect.onDropped?.();
      return dialect.literal(line, isLineEdge(around.before));
    }
    case 'link':
      return dialect.link(node.url, plainLabel(node.children), around.before);
    default:
      return writeMarked(node, dialect, around);
  }
}

function writeMarked(
  node: Extract<Inline, { readonly type: Mark }>,
  dialect: InlineDialect,
  around: Around,
): string {
  const marker = dialect.markers[node.type];
  const within = new Set([...around.within, node.type]);
  if (!around.within.has(node.type)) {
    const inside = writeInlines(node.children, dialect, { before: marker, after: marker, within }).join('');
    const isReadable =
      canStand(marker.charAt(0), around) &&
      inside !== '' &&
      inside.trim() === inside &&
      !inside.includes('\n') &&
      !inside.startsWith(marker.charAt(0)) &&
      !inside.endsWith(marker.charAt(0));
    if (dialect.keepsAllMarks || isReadable) return marker + inside + marker;
  }
  dialect.onDropped?.();
  return writeInlines(node.children, dialect, { ...around, within }).join('');
}

/** A mark is read where neither a letter nor the same sign stands next to it. */
function canStand(sign: string, { before, after }: Around): boolean {
  return !wordChar.test(before) && !wordChar.test(after) && before !== sign && after !== sign;
}

/** Whether nothing stands before it on its line, by the character before. */
export const isLineEdge = (char: string): boolean => char === '' || char === '\n';

function firstChar(nodes: readonly Inline[], from: number): string | undefined {
  for (let index = from; index < nodes.length; index += 1) {
    const node = nodes[index];
    if (node === undefined) break;
    if (node.type === 'break') return '\n';
    const char = 'text' in node ? firstOf(node.text) : firstChar(node.children, 0);
    if (char !== undefined) return char;
  }
  return undefined;
}

const firstOf = (text: string): string | undefined => {
  const codePoint = text.codePointAt(0);
  return codePoint === undefined ? undefined : String.fromCodePoint(codePoint);
};

/** Of a surrogate pair the whole; for text that may be long. */
const lastChar = (text: string): string => Array.from(text.slice(-2)).at(-1) ?? '';

/** The words of a link on one line. */
function plainLabel(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      if (node.type === 'break') return ' ';
      return 'text' in node ? node.text : plainLabel(node.children);
    })
    .join('')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
