import * as z from 'zod';
import { dialects } from '../core/domain/dialect.ts';
import { retrievalModes } from '../core/skills/retrieval-modes.ts';
import { approvalPolicies } from '../core/skills/space-policy.ts';
import { weekdays } from '../core/skills/weekly.ts';
import { platformNames } from './platform-terms.ts';

const whole = (min: number, max: number): z.ZodInt => z.int().min(min).max(max);
const group = <Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodReadonly<z.ZodObject<Shape, z.core.$strict>> => z.strictObject(shape).readonly();
const list = <Item extends z.ZodType>(item: Item): z.ZodReadonly<z.ZodArray<Item>> =>
  z.array(item).readonly();
const text = z.string().trim().min(1);

const DAY_MS = 86_400_000;
const YEAR_MINUTES = 525_600;

/** An https address without a path's last slash, or nothing. */
const publicUrl = z.union([
  z.literal(''),
  z.url({ protocol: /^https$/, error: 'expects an https address, such as https://bot.example.org' }),
]);

/** An emoji as people see it, or `:name:` of a custom one. */
const emojiKey = z
  .string()
  .regex(
    /^(?::[^\s:]+:|(?=.*(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3))[^\s:]+)$/u,
    'expects an emoji, or the name of a custom one between colons, such as :shipit:',
  );
const platformName = z.enum(platformNames);
/** The address of an OpenAI-compatible server, or nothing. */
const serverUrl = z.union([
  z.literal(''),
  z.url({
    protocol: /^https?$/,
    error: 'expects an http or https address, such as http://127.0.0.1:11434/v1',
  }),
]);

/** What may be set. The values of `default.yaml` alone are a valid whole; no key has a default here. */
export const settingsSchema = group({
  home: text,
  persona: z.string().max(20_000),
  maintainers: list(
    z
      .string()
      .regex(
        /^[a-z]+:\S+$/,
        'expects a person id: the platform, a colon and the id there, such as telegram:123456789',
      ),
  ),
  http: group({
    host: text,
    port: whole(0, 65_535),
    publicUrl,
    maxBodyBytes: whole(1_024, 104_857_600),
  }),
  model: group({
    discover: z.boolean(),
    fallbacks: list(text),
    maxOutputTokens: whole(1, 1_000_000),
    firstByteTimeoutMs: whole(100, DAY_MS),
    idleTimeoutMs: whole(100, DAY_MS),
    totalTimeoutMs: whole(100, DAY_MS),
    maxRetries: whole(0, 10),
  }),
  engine: group({
    profile: z.enum(['', 'tinker', 'skyrl', 'tuft', 'mint']),
    baseModel: z.string().trim(),
    tokenizer: z
      .string()
      .trim()
      .regex(
        /^(?!hub:)|^hub:[\w.-]+\/[\w.-]+(?:@[\w./-]+)?$/,
        'expects a folder, or hub: with the name of a model there, such as hub:Qwen/Qwen3-8B, with @ and a revision if need be',
      ),
    rank: whole(1, 4_096),
    answers: z.boolean(),
    endpoint: z.enum(['native', 'openai']),
    samplerPath: z
      .string()
      .trim()
      .regex(/^(?:tinker:\/\/\S+)?$/, 'expects the path of saved weights, which begins with tinker://'),
    temperature: z.number().min(0).max(2),
    topP: z.number().min(0.01).max(1),
    topK: whole(-1, 1_000_000).refine((value) => value !== 0, 'must be -1 for off, or at least 1, not 0'),
    maxContextTokens: whole(1, 100_000_000),
    timeoutMs: whole(100, 600_000),
    keepDays: whole(1, 3_650),
  }),
  agent: group({
    historyBudgetTokens: whole(0, 10_000_000),
    historyTurns: whole(0, 10_000),
    maxToolRounds: whole(0, 100),
  }),
  skills: group({
    topK: whole(0, 50),
    budgetTokens: whole(0, 100_000),
    shipped: z.boolean(),
    folders: list(text),
    retrieval: z.enum(retrievalModes),
    invalidation: z.enum(['scoped', 'strict']),
    experiments: z.boolean(),
    maxActive: whole(1, 10_000),
    disuseDays: whole(1, 3_650),
  }),
  session: group({ gapMinutes: whole(1, YEAR_MINUTES) }),
  intake: group({
    burstMs: whole(0, 60_000),
    laneBound: whole(1, 10_000),
    maxRunning: whole(1, 10_000),
  }),
  feedback: group({
    settleSkillsMinutes: whole(0, YEAR_MINUTES),
    settleWeightsMinutes: whole(0, YEAR_MINUTES),
    polarity: z.record(emojiKey, z.number().min(-1).max(1)).readonly(),
    burstVotes: whole(2, 10_000),
    burstSuspects: whole(2, 10_000),
    burstMinutes: whole(1, YEAR_MINUTES),
  }),
  learning: group({
    holdOutPercent: whole(0, 50),
    judge: list(platformName),
    evolve: list(platformName),
    trainLocal: list(platformName),
    trainHosted: list(platformName),
    export: list(platformName),
  }),
  judge: group({
    model: z.string().trim(),
    baseUrl: serverUrl,
    votes: whole(2, 15),
    timeoutMs: whole(100, DAY_MS),
    dailyCalls: whole(0, 1_000_000),
    concurrency: whole(1, 100),
  }),
  evolver: group({
    model: z.string().trim(),
    baseUrl: serverUrl,
    policy: z.enum(approvalPolicies),
    autoWiden: z.boolean(),
    threshold: whole(2, 1_000),
    people: whole(2, 1_000),
    coolDownMinutes: whole(0, YEAR_MINUTES),
    timeoutMs: whole(100, DAY_MS),
    dailyCalls: whole(0, 1_000_000),
  }),
  training: group({
    weights: z.boolean(),
    wording: z.boolean(),
    scope: z.enum(['space', 'everywhere']),
    method: z.enum(['auto', 'kto', 'dpo', 'policy_gradient', 'groups', 'hindsight', 'teacher']),
    distillation: z.enum(['none', 'hindsight', 'teacher']),
    teacher: z.string().trim(),
    tuneModel: z.string().trim(),
    tuneEpochs: whole(1, 50),
    minSamples: whole(16, 100_000),
    minEachSign: whole(1, 100_000),
    minPeople: whole(1, 10_000),
    maxPersonPercent: whole(1, 100),
    maxSamples: whole(16, 100_000),
    batchSize: whole(2, 1_024),
    learningRate: z.number().min(1e-9).max(1),
    beta: z.number().min(0.001).max(10),
    kl: z.number().min(0).max(10),
    klStop: z.number().min(0.001).max(100),
    groupSize: whole(2, 64),
    monthlyBudget: z.number().min(0).max(1_000_000),
    currency: z.string().regex(/^[A-Z]{3}$/, 'expects the three letters of a currency, such as USD'),
    trainPrice: z.number().min(0).max(100_000),
    readPrice: z.number().min(0).max(100_000),
    writePrice: z.number().min(0).max(100_000),
    tunePrice: z.number().min(0).max(100_000),
    wordingPrice: z.number().min(0).max(100_000),
    wordingDays: whole(1, 365),
    wordingCalls: whole(20, 10_000),
  }),
  schedule: group({
    timeZone: z.string().trim(),
    sleep: z.string().trim(),
    idleMinutes: whole(1, YEAR_MINUTES),
    minMinutes: whole(1, 1_440),
    patienceMinutes: whole(0, YEAR_MINUTES),
  }),
  calendar: group({
    googleClientId: z.string().trim(),
    serviceAccountFile: z.string().trim(),
  }),
  gate: group({
    model: z.string().trim(),
    baseUrl: serverUrl,
    timeoutMs: whole(100, DAY_MS),
    dailyCalls: whole(0, 1_000_000),
    canaryPercent: whole(1, 50),
    canaryDays: whole(0, 365),
  }),
  embeddings: group({
    model: z.string().trim(),
    baseUrl: serverUrl,
    deadlineMs: whole(10, 60_000),
  }),
  proxy: group({
    enabled: z.boolean(),
    asksKeyHere: z.boolean(),
    upstreams: list(
      group({
        name: z
          .string()
          .regex(
            /^[a-z0-9][a-z0-9-]{0,39}$/,
            'expects 1 to 40 lower-case letters, digits and hyphens, such as azure',
          ),
        dialects: list(z.enum(dialects)),
        baseUrl: z.url({
          protocol: /^https?$/,
          error: 'expects an http or https address, such as https://api.openai.com/v1',
        }),
        models: list(text).default(['*']),
        renames: z.record(z.string(), text).readonly().default({}),
      }),
    ),
    maxBodyBytes: whole(1_024, 1_073_741_824),
    connectTimeoutMs: whole(100, DAY_MS),
    firstByteTimeoutMs: whole(100, DAY_MS),
    idleTimeoutMs: whole(100, DAY_MS),
    totalTimeoutMs: whole(100, DAY_MS),
    clientStallMs: whole(100, DAY_MS),
    maxRetries: whole(0, 10),
  }),
  digest: group({
    weekday: z.enum(weekdays),
    hour: whole(0, 23),
  }),
  channels: group({
    web: group({ enabled: z.boolean() }),
    slack: group({
      mode: z.enum(['socket', 'http']),
      threadPolicy: z.enum(['follow', 'mention']),
      allow: list(
        z
          .string()
          .regex(
            /^slack:(?:user:[UW]|team:[TE])[A-Z0-9]+$/,
            'expects slack:user:<id> or slack:team:<id> with the id that Slack gives, such as slack:user:U012AB3CD',
          ),
      ),
      commandName: z
        .string()
        .regex(
          /^\/[a-z0-9_-]{1,31}$/,
          'expects a slash and 1 to 31 lower-case letters, digits, - or _, such as /metaclaw',
        ),
    }),
    discord: group({
      threadPolicy: z.enum(['follow', 'mention']),
      guilds: list(
        z
          .string()
          .regex(
            /^\d{15,21}$/,
            'expects the id of a server in quotation marks, such as "1012345678901234567"; Discord’s developer mode shows it in the server’s menu',
          ),
      ),
    }),
    telegram: group({
      mode: z.enum(['polling', 'webhook']),
      allow: list(
        z
          .string()
          .regex(
            /^telegram:(?:user|chat):-?\d+$/,
            'expects telegram:user:<id> or telegram:chat:<id> with the number that Telegram gives',
          ),
      ),
    }),
  }),
  privacy: group({ contact: z.string().max(200) }),
  lifecycle: group({ drainTimeoutMs: whole(0, 600_000) }),
  log: group({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']) }),
});

/** All settings in force; frozen. Units are in the names. */
export type Settings = z.output<typeof settingsSchema>;
