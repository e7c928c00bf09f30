import { cleanText } from '../../core/domain/clean-text.ts';
import type { Inline } from '../../core/domain/document.ts';

/** From the outside in, as they are nested. */
export const markOrder = ['strikethrough', 'strong', 'emphasis'] as const;
export type Mark = (typeof markOrder)[number];
export type Marks = ReadonlySet<Mark>;

/** A piece of a line that looks the same throughout. */
export type Run =
  | { readonly kind: 'text' | 'code'; readonly text: string; readonly marks: Marks }
  | { readonly kind: 'link'; readonly text: string; readonly url: string; readonly marks: Marks };

const noMarks: Marks = new Set();

/** Inlines as lines, which end at breaks and at line endings in texts; the tree of marks becomes a set on each run. */
export function linesOf(inlines: readonly Inline[]): readonly (readonly Run[])[] {
  const lines: Run[][] = [[]];
  const push = (run: Run): void => {
    if (run.text !== '') lines.at(-1)?.push(run);
  };
  const visit = (nodes: readonly Inline[], marks: Marks): void => {
    for (const node of nodes) {
      switch (node.type) {
        case 'text':
          cleanText(node.text)
            .split('\n')
            .forEach((text, index) => {
              if (index > 0) lines.push([]);
              push({ kind: 'text', text, marks });
            });
          break;
        case 'break':
          lines.push([]);
          break;
        case 'code':
          push({ kind: 'code', text: cleanText(node.text).replaceAll('\n', ' '), marks });
          break;
        case 'link': {
          const text = onOneLine(wordsOf(node.children));
          // A link without words shows its address.
          push({
            kind: 'link',
            text: text === '' ? onOneLine(cleanText(node.url)) : text,
            url: node.url,
            marks: marksOf(node, marks),
          });
          break;
        }
        default:
          visit(node.children, new Set([...marks, node.type]));
      }
    }
  };
  visit(inlines, noMarks);
  return lines;
}

const onOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

function wordsOf(nodes: readonly Inline[]): string {
  const words = nodes.map((node) => {
    if (node.type === 'break') return ' ';
    return 'text' in node ? cleanText(node.text) : wordsOf(node.children);
  });
  return words.join('');
}

/** Marks around all of a link's words are marks around the link; the others inside of it go. */
function marksOf(link: Extract<Inline, { readonly type: 'link' }>, around: Marks): Marks {
  const marks = new Set(around);
  let { children } = link;
  for (;;) {
    const [only] = children;
    if (only === undefined || children.length > 1 || !('children' in only) || only.type === 'link')
      return marks;
    marks.add(only.type);
    children = only.children;
  }
}
