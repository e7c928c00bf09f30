import fc from 'fast-check';
import type { Block, Document, Inline } from '../../../core/domain/document.ts';

const words = fc.oneof(
  { weight: 4, arbitrary: fc.lorem({ maxCount: 8, mode: 'words' }) },
  { weight: 2, arbitrary: fc.lorem({ maxCount: 3, mode: 'sentences' }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '你好，世界。我们今天去哪里？',
      '👩‍👩‍👧‍👦👍🏽🇩🇪🇫🇷',
      'e\u0301e\u0301',
      'a'.repeat(60),
      '<&>',
    ),
  },
);
const text: fc.Arbitrary<Inline> = words.map((value) => ({
  type: 'text',
  text: value.replaceAll(/[\r\n]/g, ' ') || 'x',
}));
const code: fc.Arbitrary<Inline> = words.map((value) => ({
  type: 'code',
  text: value.replaceAll(/[\r\n]/g, ' ') || 'x',
}));

const inlines = (depth: number): fc.Arbitrary<readonly Inline[]> => {
  const leaf = fc.oneof(text, text, text, code, fc.constant<Inline>({ type: 'break' }));
  if (depth === 0) return fc.array(leaf, { minLength: 1, maxLength: 4 });
  const nested: fc.Arbitrary<Inline> = fc.oneof(
    fc
      .tuple(fc.constantFrom('strong', 'emphasis', 'strikethrough'), inlines(depth - 1))
      .map(([type, children]): Inline => ({ type, children })),
    inlines(0).map((children): Inline => ({ type: 'link', url: 'https://x.org/', children })),
  );
  return fc.array(fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: nested }), {
    minLength: 1,
    maxLength: 5,
  });
};

const line = fc.oneof(words, fc.constantFrom('', '  indented();', '\tx', '```'));

const table: fc.Arbitrary<Block> = fc.integer({ min: 1, max: 4 }).chain((width) =>
  fc
    .array(fc.array(fc.array(text, { maxLength: 2 }), { minLength: width, maxLength: width }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((rows) => ({ type: 'table', align: Array.from({ length: width }, () => 'none' as const), rows })),
);

const block = (depth: number): fc.Arbitrary<Block> => {
  const flat: fc.Arbitrary<Block>[] = [
    inlines(2).map((children) => ({ type: 'paragraph', children })),
    fc
      .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6), inlines(1))
      .map(([level, children]) => ({ type: 'heading', depth: level, children })),
    fc
      .tuple(fc.array(line, { minLength: 1, maxLength: 8 }), fc.constantFrom('ts', undefined))
      .map(([lines, language]) => ({
        type: 'code_block',
        text: lines.join('\n'),
        ...(language === undefined ? {} : { language }),
      })),
    table,
    fc.constant<Block>({ type: 'rule' }),
  ];
  if (depth === 0) return fc.oneof(...flat);
  const inner = fc.array(block(depth - 1), { minLength: 1, maxLength: 2 });
  return fc.oneof(
    ...flat,
    inner.map((blocks): Block => ({ type: 'quote', blocks })),
    fc
      .tuple(fc.boolean(), fc.integer({ min: 0, max: 120 }), fc.array(inner, { minLength: 1, maxLength: 4 }))
      .map(
        ([ordered, start, items]): Block => ({
          type: 'list',
          ordered,
          start,
          items: items.map((blocks, index) =>
            index % 3 === 2 ? { checked: index > 3, blocks } : { blocks },
          ),
        }),
      ),
  );
};

/** Any document, also ones that no Markdown gives. */
export const anyDocument: fc.Arbitrary<Document> = fc
  .array(block(2), { maxLength: 4 })
  .map((blocks) => ({ blocks }));
