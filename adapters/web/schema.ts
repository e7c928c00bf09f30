import { z } from 'zod';
import type { Block, Document, Inline } from '../../core/domain/document.ts';

const inline: z.ZodType<Inline> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('text'), text: z.string() }),
    z.object({ type: z.literal('strong'), children: z.array(inline) }),
    z.object({ type: z.literal('emphasis'), children: z.array(inline) }),
    z.object({ type: z.literal('strikethrough'), children: z.array(inline) }),
    z.object({ type: z.literal('code'), text: z.string() }),
    z.object({ type: z.literal('link'), url: z.string(), children: z.array(inline) }),
    z.object({ type: z.literal('break') }),
  ]),
);

const headingDepth = z.union([
  z.literal(1),
  z.literal(2),
  z.literal(3),
  z.literal(4),
  z.literal(5),
  z.literal(6),
]);

const block: z.ZodType<Block> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('paragraph'), children: z.array(inline) }),
    z.object({ type: z.literal('heading'), depth: headingDepth, children: z.array(inline) }),
    z.object({
      type: z.literal('code_block'),
      language: z.string().exactOptional(),
      text: z.string(),
    }),
    z.object({ type: z.literal('quote'), blocks: z.array(block) }),
    z.object({
      type: z.literal('list'),
      ordered: z.boolean(),
      start: z.number(),
      items: z.array(z.object({ checked: z.boolean().exactOptional(), blocks: z.array(block) })),
    }),
    z.object({
      type: z.literal('table'),
      align: z.array(z.enum(['left', 'center', 'right', 'none'])),
      rows: z.array(z.array(z.array(inline))),
    }),
    z.object({ type: z.literal('rule') }),
  ]),
);

const document: z.ZodType<Document> = z.object({ blocks: z.array(block) });

const personContent = z.object({
  kind: z.literal('person'),
  text: z.string(),
  /** False until core has taken it. */
  accepted: z.boolean(),
  /** +1 on each change; a reader keeps the highest. */
  revision: z.number(),
});

const answerContent = z.object({
  kind: z.literal('answer'),
  body: document,
  final: z.boolean(),
  /** Meant for this person alone. */
  private: z.boolean(),
  actions: z.array(z.array(z.object({ actionId: z.string(), label: z.string() }))),
  notes: z
    .object({
      model: z.string(),
      skills: z.array(
        z.object({
          name: z.string(),
          version: z.number(),
          score: z.number(),
          because: z.array(z.string()),
        }),
      ),
    })
    .exactOptional(),
  pictures: z
    .array(
      z.object({
        alt: z.string(),
        width: z.number(),
        height: z.number(),
        /** A PNG, in base 64. */
        data: z.string(),
      }),
    )
    .exactOptional(),
  /** The standing vote and the press that made it; later presses have greater ids. */
  vote: z.object({ name: z.enum(['good', 'bad']).nullable(), pressId: z.string() }).exactOptional(),
  revision: z.number(),
});

const content = z.discriminatedUnion('kind', [personContent, answerContent]);

export type PersonContent = z.infer<typeof personContent>;
export type AnswerContent = z.infer<typeof answerContent>;
export type StoredPicture = NonNullable<AnswerContent['pictures']>[number];
export type Content = z.infer<typeof content>;

/** What a transcript row holds; `undefined` for what this version cannot read. */
export function parseContent(value: unknown): Content | undefined {
  const parsed = content.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

// Ids of messages and presses are made by the page, so that a resend is known as one. They sort by time of making.
const clientId = z.string().regex(/^[0-9a-z-]{8,64}$/, 'needs an id of 8 to 64 letters, digits and hyphens');
const messageId = z.string().min(1).max(200);

export const messageRequest = z.strictObject({
  id: clientId,
  text: z.string(),
  /** Neither it nor its answer is shown in the conversation, the answer passes by: the stop button. Commands only. */
  quiet: z.boolean().exactOptional(),
});

export const voteRequest = z.strictObject({
  id: clientId,
  messageId,
  name: z.enum(['good', 'bad']),
  change: z.enum(['given', 'withdrawn']),
});

export const actionRequest = z.strictObject({
  id: clientId,
  messageId,
  actionId: z.string().regex(/^[a-z0-9._]{1,32}$/, 'needs a button of at most 32 characters'),
});

export const completionRequest = z.strictObject({ id: clientId, line: z.string().max(500) });

export const calendarRequest = z.strictObject({
  /** `google`, an address of a feed, or the id of a calendar. */
  what: z.string().trim().min(1, 'needs an address').max(2_000),
  access: z.enum(['freebusy', 'events']),
});

export const loginRequest = z.strictObject({ password: z.string().max(1_000) });

export type MessageRequest = z.infer<typeof messageRequest>;
export type VoteRequest = z.infer<typeof voteRequest>;
export type ActionRequest = z.infer<typeof actionRequest>;
export type CompletionRequest = z.infer<typeof completionRequest>;
