import fc from 'fast-check';
import { expect, test } from 'vitest';
import { homeView } from '../../../adapters/slack/home-view.ts';
import { anyDocument } from '../../core/domain/document-arbitrary.ts';
import { callSchemas } from '../../fakes/slack/call-schemas.ts';
import { nastyDocument, paragraph, text } from '../nasty-documents.ts';

const problems = (view: unknown) =>
  callSchemas['views.publish'].safeParse({ view, user_id: 'U1' }).error?.issues;
const rules = (count: number) => ({
  blocks: Array.from({ length: count }, () => ({ type: 'rule' as const })),
});

test('a home page is the document as blocks, tables as aligned code', () => {
  const view = homeView({
    blocks: [
      { type: 'heading', depth: 1, children: [text('Hello <!here>')] },
      { type: 'rule' },
      { type: 'table', align: ['none'], rows: [[[text('A')]], [[text('1')]]] },
    ],
  });
  expect(problems(view)).toBeUndefined();
  expect(view).toEqual({
    type: 'home',
    blocks: [
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [{ type: 'text', text: 'Hello <!here>', style: { bold: true } }],
          },
        ],
      },
      { type: 'divider' },
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'A\n-\n1' }] }],
      },
    ],
  });
});

test('a page that Slack would refuse is refused before', () => {
  const refused = expect.objectContaining({
    code: 'invalid_input',
    message: expect.stringMatching(/home page.*\.$/),
  });
  expect(homeView(rules(100)).blocks).toHaveLength(100);
  expect(() => homeView(rules(101))).toThrow(refused);
  expect(() => homeView({ blocks: [] })).toThrow(refused);
  expect(() => homeView({ blocks: [paragraph(text(' '))] })).toThrow(refused);
});

test('any other document is a page that Slack takes', () => {
  fc.assert(
    fc.property(fc.oneof(nastyDocument, anyDocument), (document) => {
      const body = { blocks: [...document.blocks, paragraph(text('end'))] };
      expect(problems(homeView(body))).toBeUndefined();
    }),
    { numRuns: 2_000 },
  );
});
