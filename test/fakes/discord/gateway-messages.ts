import { z } from 'zod';

/** Events that clients send: https://docs.discord.com/developers/events/gateway-events#send-events */
const identify = z.strictObject({
  token: z.string(),
  properties: z.strictObject({ os: z.string(), browser: z.string(), device: z.string() }),
  compress: z.boolean().optional(),
  large_threshold: z.number().int().min(50).max(250).optional(),
  shard: z.tuple([z.number().int().min(0), z.number().int().min(1)]).optional(),
  presence: z.looseObject({}).optional(),
  intents: z.number().int(),
});

export const clientMessage = z.discriminatedUnion('op', [
  z.object({ op: z.literal(1), d: z.number().int().nullable() }),
  z.object({ op: z.literal(2), d: identify }),
  z.object({ op: z.literal(3), d: z.looseObject({}) }),
  z.object({
    op: z.literal(6),
    d: z.strictObject({ token: z.string(), session_id: z.string(), seq: z.number().int() }),
  }),
]);

export type ClientMessage = z.infer<typeof clientMessage>;
export type Identify = z.infer<typeof identify>;
