import type { ContentUse } from '../core/domain/content-use.ts';
import type { ContentPolicy, UseTerm } from '../core/feedback/content-door.ts';

export const platformNames = ['slack', 'discord', 'telegram', 'web', 'terminal', 'api'] as const;
export type PlatformName = (typeof platformNames)[number];

type Terms = Readonly<Record<ContentUse, UseTerm>>;

const operatorDecides: Terms = {
  judge: 'setting',
  evolve: 'setting',
  train_local: 'setting',
  train_hosted: 'setting',
  export: 'setting',
};

const callersAgree: Terms = {
  judge: 'consent',
  evolve: 'consent',
  train_local: 'consent',
  train_hosted: 'consent',
  export: 'consent',
};

/**
 * What each platform's terms allow to be done with what people write there; a reading, not legal advice.
 * Discord: its Developer Policy forbids training models on message content without express permission.
 * Telegram: its Bot Developer Terms ask for each person's individual, explicit, active and revocable consent (4.3).
 * Slack: its limits are on distributed apps of third parties; a workspace's own app is its own matter.
 * The proxy: whoever an agent works for is not the operator's to speak for; each key says what its callers agreed to.
 */
export const platformTerms: Readonly<Record<PlatformName, Terms>> = {
  slack: operatorDecides,
  discord: { ...operatorDecides, train_local: 'never', train_hosted: 'never', export: 'never' },
  telegram: { ...operatorDecides, train_local: 'consent', train_hosted: 'consent', export: 'consent' },
  web: operatorDecides,
  terminal: operatorDecides,
  api: callersAgree,
};

/** The settings `learning`, as far as they say what may be used. */
export interface AllowedUses {
  readonly judge: readonly PlatformName[];
  readonly evolve: readonly PlatformName[];
  readonly trainLocal: readonly PlatformName[];
  readonly trainHosted: readonly PlatformName[];
  readonly export: readonly PlatformName[];
}

/** The setting that switches a use on. */
export const settingOfUse = {
  judge: 'judge',
  evolve: 'evolve',
  train_local: 'trainLocal',
  train_hosted: 'trainHosted',
  export: 'export',
} as const satisfies Readonly<Record<ContentUse, keyof AllowedUses>>;

/** Terms and the operator's switches, for the door. */
export function contentPolicy(allowed: AllowedUses): ContentPolicy {
  const isOn = (platform: PlatformName, use: ContentUse): boolean =>
    allowed[settingOfUse[use]].includes(platform);
  return new Map(
    platformNames.map((platform) => [
      platform,
      {
        terms: platformTerms[platform],
        isOn: {
          judge: isOn(platform, 'judge'),
          evolve: isOn(platform, 'evolve'),
          train_local: isOn(platform, 'train_local'),
          train_hosted: isOn(platform, 'train_hosted'),
          export: isOn(platform, 'export'),
        },
      },
    ]),
  );
}
