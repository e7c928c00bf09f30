import * as z from 'zod';

const auto = z.literal('auto');

const shared = {
  n_epochs: z.union([auto, z.int().min(1).max(50)]).optional(),
  batch_size: z.union([auto, z.int().min(1).max(256)]).optional(),
  learning_rate_multiplier: z.union([auto, z.number().positive()]).optional(),
};

const method = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('supervised'),
    supervised: z.strictObject({ hyperparameters: z.strictObject(shared).optional() }).optional(),
  }),
  z.strictObject({
    type: z.literal('dpo'),
    dpo: z
      .strictObject({
        hyperparameters: z
          .strictObject({ ...shared, beta: z.union([auto, z.number().positive().max(2)]).optional() })
          .optional(),
      })
      .optional(),
  }),
]);

/** What `POST /fine_tuning/jobs` takes, no field more. */
export const jobRequestSchema = z.strictObject({
  model: z.string().min(1),
  training_file: z.string().min(1),
  validation_file: z.string().min(1).optional(),
  suffix: z.string().min(1).max(64).optional(),
  seed: z.int().min(0).optional(),
  metadata: z
    .record(z.string().min(1).max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16, 'at most 16 pairs')
    .optional(),
  method: method.optional(),
});

export type JobRequest = z.infer<typeof jobRequestSchema>;

export interface ListQuery {
  readonly limit: number;
  readonly after: string | undefined;
  readonly purpose: string | undefined;
  readonly isAscending: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The query of a list, or what is wrong with it. */
export function readListQuery(
  params: URLSearchParams,
  defaultLimit: number,
  mostLimit: number,
): ListQuery | string {
  const metadata: Record<string, string> = {};
  for (const [name, value] of params) {
    const key = /^metadata\[(.{1,64})\]$/.exec(name)?.[1];
    if (key !== undefined) metadata[key] = value;
    else if (!['limit', 'after', 'purpose', 'order'].includes(name)) return `Unknown parameter: '${name}'.`;
  }
  const limit = Number(params.get('limit') ?? defaultLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostLimit) return `'limit' must be 1 to ${mostLimit}.`;
  const order = params.get('order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') return `'order' must be 'asc' or 'desc'.`;
  return {
    limit,
    after: params.get('after') ?? undefined,
    purpose: params.get('purpose') ?? undefined,
    isAscending: order === 'asc',
    metadata,
  };
}
