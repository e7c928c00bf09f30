import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { webApi } from '@slack/bolt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { botScopes, createManifest, type ManifestOptions } from '../../../adapters/slack/manifest.ts';
import { EVENTS_PATH } from '../../../adapters/slack/options.ts';
import { usageHintOf } from '../../../config/cli/manifest-command.ts';
import { packageRoot } from '../../../config/package-root.ts';
import { commandCatalogue } from '../../../core/commands/catalogue.ts';

const options: ManifestOptions = {
  name: 'MetaClaw',
  description: 'Answers questions.',
  commandName: '/metaclaw',
  usageHint: usageHintOf(commandCatalogue),
  prompts: ['What can you do?'],
  delivery: { kind: 'socket' },
};
const overHttp = { kind: 'http', publicUrl: 'https://bot.example.org' } as const;

type SdkManifest = webApi.AppsManifestCreateArguments['manifest'];
const text = (max: number): z.ZodString => z.string().min(1).max(max);
const address = z.url({ protocol: /^https$/ });

/** The limits that https://docs.slack.dev/reference/app-manifest states, over the SDK's own shape of each part. */
const displaySchema = z.strictObject({
  name: text(35),
  description: text(140),
}) satisfies z.ZodType<SdkManifest['display_information']>;
const featuresSchema = z.strictObject({
  agent_view: z.strictObject({
    agent_description: text(300),
    suggested_prompts: z.array(z.strictObject({ title: text(200), message: text(1_000) })).max(4),
  }),
  app_home: z.strictObject({
    home_tab_enabled: z.boolean(),
    messages_tab_enabled: z.boolean(),
    messages_tab_read_only_enabled: z.boolean(),
  }),
  bot_user: z.strictObject({
    display_name: text(80).regex(/^[a-z0-9._-]+$/),
    always_online: z.boolean(),
  }),
  shortcuts: z
    .array(
      z.strictObject({
        type: z.enum(['message', 'global']),
        name: text(24),
        callback_id: text(255),
        description: text(150),
      }),
    )
    .max(10),
  slash_commands: z
    .array(
      z.strictObject({
        command: text(32).regex(/^\/[a-z0-9_-]+$/),
        description: text(2_000),
        usage_hint: text(1_000),
        should_escape: z.boolean(),
        url: address.exactOptional(),
      }),
    )
    .max(50),
}) satisfies z.ZodType<SdkManifest['features']>;
const settingsSchema = z.strictObject({
  event_subscriptions: z.strictObject({
    bot_events: z.array(text(100)).max(100),
    request_url: address.exactOptional(),
  }),
  interactivity: z.strictObject({
    is_enabled: z.boolean(),
    request_url: address.exactOptional(),
  }) satisfies z.ZodType<NonNullable<SdkManifest['settings']>['interactivity']>,
  org_deploy_enabled: z.boolean(),
  socket_mode_enabled: z.boolean(),
  token_rotation_enabled: z.boolean(),
});
const manifestSchema = z.strictObject({
  display_information: displaySchema,
  features: featuresSchema,
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(text(100)).max(255) }) }),
  settings: settingsSchema,
});

describe('shape', () => {
  const nameOf = fc.string({ minLength: 1, maxLength: 35, unit: 'binary' });

  test('is what Slack takes, whatever the bot is called and asked', () => {
    fc.assert(
      fc.property(
        fc.record({
          name: nameOf.filter((name) => name.trim() !== ''),
          description: fc.string({ minLength: 1, maxLength: 140 }).filter((line) => line.trim() !== ''),
          prompts: fc.array(fc.string({ minLength: 1, maxLength: 60 }), { maxLength: 9 }),
          delivery: fc.constantFrom(options.delivery, overHttp),
        }),
        (given) => {
          const manifest = createManifest({ ...options, ...given });
          expect(manifestSchema.parse(manifest)).toEqual(manifest);
          expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['no name', { name: ' ' }],
    ['a long name', { name: 'x'.repeat(36) }],
    ['no description', { description: '' }],
    ['a long description', { description: 'x'.repeat(141) }],
  ])('%s is refused with a sentence', (_, given) => {
    expect(() => createManifest({ ...options, ...given })).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        message: expect.stringMatching(/^The app’s .* characters\.$/),
      }),
    );
  });

  test('the bot user’s name follows the app’s', () => {
    const called = (name: string): string =>
      createManifest({ ...options, name }).features.bot_user.display_name;
    expect(['MetaClaw', 'Ada’s  Bot 2', 'Zoë', '机器人', '--'].map(called)).toEqual([
      'metaclaw',
      'adas-bot-2',
      'zo',
      'metaclaw',
      'metaclaw',
    ]);
  });

  test('in socket mode Slack is given no address, in HTTP mode one and the same everywhere', () => {
    expect(JSON.stringify(createManifest(options))).not.toMatch(/url/);
    const { features, settings } = createManifest({ ...options, delivery: overHttp });
    const expected = `https://bot.example.org${EVENTS_PATH}`;
    expect(features.slash_commands.map(({ url }) => url)).toEqual([expected]);
    expect(settings.event_subscriptions.request_url).toBe(expected);
    expect(settings.interactivity.request_url).toBe(expected);
    expect([createManifest(options).settings.socket_mode_enabled, settings.socket_mode_enabled]).toEqual([
      true,
      false,
    ]);
    expect(
      createManifest({ ...options, delivery: { kind: 'http', publicUrl: 'https://bot.example.org/a/' } })
        .settings.interactivity.request_url,
    ).toBe(`https://bot.example.org/a${EVENTS_PATH}`);
  });

  test('one workspace, tokens that last: what the bot is built for', () => {
    expect(createManifest(options).settings).toMatchObject({
      org_deploy_enabled: false,
      token_rotation_enabled: false,
    });
  });
});

test('the usage hint names every command that people may use, and none that they may not', () => {
  const named = usageHintOf(commandCatalogue).split(' | ');
  const usable = commandCatalogue.filter((spec) => spec.role === 'person' && !spec.onlyForStrangers);
  expect(new Set(named)).toEqual(new Set(usable.map(({ path }) => path[0])));
  expect(named).toHaveLength(new Set(named).size);
});

test('docs/slack.md gives the same reasons for the same permissions', () => {
  const page = readFileSync(join(packageRoot(), 'docs', 'slack.md'), 'utf8');
  const [, table = ''] = page.split('| permission | the bot |');
  const rows = [...table.split('\n\n')[0]!.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, scope, why]) => [
    scope,
    why,
  ]);
  expect(rows).toEqual(Object.entries(botScopes));
});
