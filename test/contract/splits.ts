import fc from 'fast-check';
import { expect } from 'vitest';
import type { Block, Document, Inline, TableRow } from '../../core/domain/document.ts';
import { plainInlines } from '../../core/domain/plain-text.ts';
import { splitDocument } from '../../core/domain/split-document.ts';
import { anyDocument } from '../core/domain/document-arbitrary.ts';

/*
 * Splits for every renderer:
 *
 *   test('a split breaks nothing', () => {
 *     checkSplits({ measure: measureDocument, read: (piece) => readOwnOutput(render(piece)) });
 *   });
 *
 * `read` throws for output that the platform would not read as it was meant: an open fence, a crossed tag, half of an
 * escape. It gives back the characters on the screen.
 */

export interface SplitRenderer {
  readonly measure: (body: Document) => number;
  readonly read: (piece: Document) => string;
  /** The least that a table of one short row measures on this platform, where its frame is dear. Default 160. */
  readonly leastTableChars?: number;
}

type Of<Type extends Block['type']> = Extract<Block, { readonly type: Type }>;

const line = fc.oneof(
  fc.lorem({ maxCount: 6, mode: 'words' }),
  fc.constantFrom(
    '',
    '  indented();',
    '\tx',
    '```',
    '````ts',
    '~~~',
    '<b>&amp;</b>',
    '👩‍👩‍👧 e\u0301',
    '中文 `x`',
  ),
);
const code: fc.Arbitrary<Of<'code_block'>> = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 30 }), fc.constantFrom('ts', undefined))
  .map(([lines, language]) => ({
    type: 'code_block',
    text: lines.join('\n'),
    ...(language === undefined ? {} : { language }),
  }));

const cell: fc.Arbitrary<readonly Inline[]> = fc.constantFrom<readonly Inline[]>(
  [],
  [{ type: 'text', text: 'a | b' }],
  [{ type: 'text', text: '<&>' }],
  [{ type: 'code', text: '`x`' }],
  [{ type: 'strong', children: [{ type: 'text', text: '中文' }] }],
  [{ type: 'text', text: '👍🏽' }],
  [{ type: 'text', text: 'two words' }],
);
const table: fc.Arbitrary<Of<'table'>> = fc.integer({ min: 1, max: 3 }).chain((width) =>
  fc
    .tuple(
      fc.array(fc.constantFrom('left', 'center', 'right', 'none'), { minLength: width, maxLength: width }),
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 24 }),
    )
    .map(
      ([align, body]): Of<'table'> => ({
        type: 'table',
        align,
        rows: [align.map((_, column): readonly Inline[] => [{ type: 'text', text: `h${column}` }]), ...body],
      }),
    ),
);

const isTable = (block: Block): block is Of<'table'> => block.type === 'table';
const isCode = (block: Block): block is Of<'code_block'> => block.type === 'code_block';
const words = (row: TableRow): string => row.map(plainInlines).join(' ');
/** What stays of code when blank lines at cuts may go. */
const written = (text: string): readonly string[] => text.split('\n').filter((part) => part.trim() !== '');

/** Nothing of a document is broken where it is cut: no fence, no table, nothing that the renderer writes. */
export function checkSplits({ measure, read, leastTableChars = 160 }: SplitRenderer, numRuns = 400): void {
  const split = (blocks: readonly Block[], maxChars: number): readonly Document[] => {
    const pieces = splitDocument({ blocks }, maxChars, measure);
    for (const piece of pieces) {
      expect(measure(piece)).toBeLessThanOrEqual(maxChars);
      read(piece);
      expect(piece.blocks.length).toBeGreaterThan(0);
    }
    return pieces;
  };

  fc.assert(
    fc.property(anyDocument, fc.integer({ min: 60, max: 400 }), ({ blocks }, maxChars) => {
      split(blocks, maxChars);
    }),
    { numRuns },
  );

  fc.assert(
    fc.property(code, fc.integer({ min: 100, max: 300 }), (block, maxChars) => {
      const parts = split([block], maxChars).flatMap((piece) => piece.blocks);
      expect(parts.every(isCode)).toBe(true);
      for (const part of parts.filter(isCode)) expect(part.language).toBe(block.language);
      expect(parts.filter(isCode).flatMap((part) => written(part.text))).toEqual(written(block.text));
    }),
    { numRuns },
  );

  fc.assert(
    fc.property(table, fc.integer({ min: leastTableChars, max: leastTableChars * 3 }), (block, maxChars) => {
      const [header, ...body] = block.rows;
      const parts = split([block], maxChars).flatMap((piece) => piece.blocks);
      for (const part of parts) {
        expect(part).toMatchObject({ type: 'table', align: block.align });
        if (isTable(part)) expect(part.rows[0]).toEqual(header);
      }
      expect(parts.filter(isTable).flatMap((part) => part.rows.slice(1))).toEqual(body);
      for (const row of body) {
        const shown = parts.map((part) => read({ blocks: [part] })).join('\n');
        for (const part of words(row).split(' ')) expect(shown).toContain(part);
      }
    }),
    { numRuns: numRuns / 4 },
  );
}
