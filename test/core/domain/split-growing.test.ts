import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import type { Document } from '../../../core/domain/document.ts';
import { plainText } from '../../../core/domain/plain-text.ts';
import { splitDocument } from '../../../core/domain/split-document.ts';
import { anyDocument } from './document-arbitrary.ts';
import { growingAnswers } from './growing-answers.ts';
import { isExtension } from './is-extension.ts';

const measure = (body: Document): number => plainText(body).length;

/** Real prose with code, tables and lists: the manual of a library that is installed anyway. */
const manualFile = join(import.meta.dirname, '..', '..', '..', 'node_modules', 'commander', 'Readme.md');
const manual = readFileSync(manualFile, 'utf8').slice(0, 9_000);

interface Growth {
  readonly steps: number;
  /** Steps in which Markdown gave earlier text another meaning. */
  readonly reinterpreted: number;
}

/** Lets a text arrive in steps; whenever the document only grew, all messages but the last must have stayed. */
function grow(text: string, stepChars: number, maxChars: number): Growth {
  const markdown = createMarkdown();
  let before: Document = { blocks: [] };
  let piecesBefore: readonly Document[] = [];
  let steps = 0;
  let reinterpreted = 0;
  for (let end = stepChars; end < text.length + stepChars; end += stepChars) {
    const after = markdown.parse(text.slice(0, end));
    const pieces = splitDocument(after, maxChars, measure);
    steps += 1;
    if (isExtension(before, after)) {
      const settled = piecesBefore.length - 1;
      expect(pieces.slice(0, Math.max(0, settled))).toEqual(piecesBefore.slice(0, Math.max(0, settled)));
    } else {
      reinterpreted += 1;
    }
    before = after;
    piecesBefore = pieces;
  }
  return { steps, reinterpreted };
}

describe('an answer that arrives bit by bit', () => {
  for (const [index, text] of growingAnswers.entries()) {
    test.each([40, 90, 300])(`answer ${index + 1}, %i characters a message`, (maxChars) => {
      const { steps, reinterpreted } = grow(text, 1, maxChars);
      expect(steps).toBeGreaterThan(700);
      expect(reinterpreted / steps).toBeLessThan(0.15);
    });
  }

  test.each([300, 2_000])('a manual, %i characters a message', { timeout: 60_000 }, (maxChars) => {
    const { steps, reinterpreted } = grow(manual, 23, maxChars);
    expect(steps).toBeGreaterThan(300);
    expect(reinterpreted / steps).toBeLessThan(0.25);
  });

  test('any document that gets further blocks', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, fc.integer({ min: 30, max: 300 }), (first, second, maxChars) => {
        const before = splitDocument(first, maxChars, measure);
        const after = splitDocument({ blocks: [...first.blocks, ...second.blocks] }, maxChars, measure);
        expect(after.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
      }),
      { numRuns: 500 },
    );
  });

  test('text that grows by a character', { timeout: 60_000 }, () => {
    const words = fc.string({
      unit: fc.constantFrom(...'ab .!?\n中。、👍🏽e\u0301-'),
      minLength: 2,
      maxLength: 120,
    });
    const paragraph = (text: string): Document => ({
      blocks: [{ type: 'paragraph', children: [{ type: 'text', text }] }],
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 4, max: 40 }), (text, maxChars) => {
        const points = [...text.replaceAll('\n', ' ')];
        for (let end = 1; end < points.length; end += 1) {
          const before = splitDocument(paragraph(points.slice(0, end).join('')), maxChars, measure);
          const after = splitDocument(paragraph(points.slice(0, end + 1).join('')), maxChars, measure);
          expect(after.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
        }
      }),
      { numRuns: 300 },
    );
  });
});
