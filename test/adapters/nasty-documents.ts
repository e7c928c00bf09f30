import fc from 'fast-check';
import { cleanText } from '../../core/domain/clean-text.ts';
import type { Block, Document, Inline } from '../../core/domain/document.ts';

export const text = (value: string): Inline => ({ type: 'text', text: value });
export const paragraph = (...children: Inline[]): Block => ({ type: 'paragraph', children });
export const says = (value: string): Document => ({ blocks: [paragraph(text(value))] });

/** Words made of what some platform's parser gives a meaning to. */
export const nastyWords: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 2, arbitrary: fc.lorem({ maxCount: 3, mode: 'words' }) },
  {
    weight: 3,
    arbitrary: fc.string({
      unit: fc.constantFrom(...'*_~`<>&|!@#[]()\\;:/.-+="\'1ab \n\r\t'),
      maxLength: 14,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '<!channel>',
      '<!here|here>',
      '<@U012AB3CD>',
      '<#C012|general>',
      '<!subteam^S1>',
      '<https://evil.example|bank>',
      '&lt;!channel&gt;',
      '&amp;lt;',
      '&#60;!channel&#62;',
      '@here',
      '@Channel',
      '*bold*',
      '_it_',
      '~st~',
      '~~st~~',
      '`code`',
      '```',
      '```\n<!channel>\n```',
      '> quote',
      '>>> quote',
      '# head',
      '- item',
      '1. item',
      '1)',
      '===',
      '---',
      '[a](https://evil.example)',
      '[a]: https://evil.example',
      '| a | b |\n| - | - |',
      '<b>',
      '</b>',
      '</blockquote>',
      '<a href="tg://user?id=1">',
      '&lt;',
      '&#60;b&#62;',
      '<tg-spoiler>',
      '\u0000',
      '\ud800',
      '\u202e',
      'snake_case_name',
      '2*3*4',
      ' * ',
      '<@123456789012345678>',
      '<@!1>',
      '<@&42>',
      '<#42>',
      '<:party:123>',
      '<a:party:123>',
      '<t:1700000000:R>',
      '</skill list:1>',
      '<id:browse>',
      '<https://evil.example>',
      'https://evil.example/a)b',
      'discord.gg/abc',
      '@everyone',
      ':smile:',
      '**bold**',
      '***both***',
      '__under__',
      '||spoiler||',
      '## head #',
      '-# small',
      '* item',
      '¯\\_(ツ)_/¯',
    ),
  },
);

const { inline, block } = fc.letrec<{ inline: Inline; block: Block }>((tie) => {
  const inlines = fc.array(tie('inline'), { maxLength: 3 });
  const blocks = fc.array(tie('block'), { maxLength: 3 });
  const url = fc.oneof(
    nastyWords,
    nastyWords.map((rest) => `https://x.example/${rest}`),
    nastyWords.map((rest) => `mailto:${rest}`),
  );
  return {
    inline: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      nastyWords.map(text),
      fc.record({ type: fc.constant('code' as const), text: nastyWords }),
      fc.constant({ type: 'break' as const }),
      fc.record({
        type: fc.constantFrom('strong' as const, 'emphasis' as const, 'strikethrough' as const),
        children: inlines,
      }),
      fc.record({ type: fc.constant('link' as const), url, children: inlines }),
    ),
    block: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({ type: fc.constant('paragraph' as const), children: inlines }),
      fc.record({ type: fc.constant('code_block' as const), language: nastyWords, text: nastyWords }),
      fc.constant({ type: 'rule' as const }),
      fc.record({
        type: fc.constant('heading' as const),
        depth: fc.constantFrom(1 as const, 3 as const, 6 as const),
        children: inlines,
      }),
      fc.record({ type: fc.constant('quote' as const), blocks }),
      fc.record({
        type: fc.constant('list' as const),
        ordered: fc.boolean(),
        start: fc.nat(99),
        items: fc.array(fc.record({ checked: fc.boolean(), blocks }, { requiredKeys: ['blocks'] }), {
          maxLength: 3,
        }),
      }),
      fc.record({
        type: fc.constant('table' as const),
        align: fc.array(
          fc.constantFrom('left' as const, 'right' as const, 'center' as const, 'none' as const),
          {
            maxLength: 3,
          },
        ),
        rows: fc.array(fc.array(inlines, { maxLength: 3 }), { maxLength: 3 }),
      }),
    ),
  };
});

export const nastyInline = inline;

/** Any tree, also ones that no Markdown gives. */
export const nastyDocument: fc.Arbitrary<Document> = fc
  .array(block, { maxLength: 4 })
  .map((blocks) => ({ blocks }));

/** Every node in a document. */
export function nodesOf(document: Document): readonly (Block | Inline)[] {
  const ofInline = (node: Inline): readonly (Block | Inline)[] =>
    'children' in node ? [node, ...node.children.flatMap(ofInline)] : [node];
  const ofBlock = (node: Block): readonly (Block | Inline)[] => {
    if ('children' in node) return [node, ...node.children.flatMap(ofInline)];
    if (node.type === 'quote') return [node, ...node.blocks.flatMap(ofBlock)];
    if (node.type === 'list') return [node, ...node.items.flatMap((item) => item.blocks.flatMap(ofBlock))];
    if (node.type === 'table')
      return [node, ...node.rows.flatMap((row) => row.flatMap((cell) => cell.flatMap(ofInline)))];
    return [node];
  };
  return document.blocks.flatMap(ofBlock);
}

/** The words of a document as a platform may show them, without blanks. */
export function wordsOf(document: Document): string {
  return nodesOf(document)
    .map((node) => ('text' in node ? cleanText(node.text) : ''))
    .join('')
    .replaceAll(/\s/g, '');
}

/** Whether every character of `part` stands in `whole`, in order. */
export function holdsInOrder(whole: string, part: string): boolean {
  let at = 0;
  for (const char of part) {
    const found = whole.indexOf(char, at);
    if (found === -1) return false;
    at = found + char.length;
  }
  return true;
}
