import type { PrivacyRecipient, PrivacyReport } from '../core/commands/context.ts';
import type { ContentUse } from '../core/domain/content-use.ts';
import type { Platform } from '../core/domain/ids.ts';
import { type ContentPolicy, usesOf } from '../core/feedback/content-door.ts';
import { apiPlatform } from './api-capabilities.ts';
import { type ModelChoice, placeOf } from './choose-model.ts';
import type { ComposedProxy } from './compose-proxy.ts';
import type { LoadedSettings } from './load-settings.ts';

/** What of prompts is kept, and for how long, for `/privacy`. */
export function promptsKept(
  keepsPrompts: boolean,
  days: number,
): Pick<PrivacyReport, 'keepsPrompts' | 'retention'> {
  if (!keepsPrompts) return { keepsPrompts, retention: [] };
  return {
    keepsPrompts,
    retention: [
      `Until the operator deletes it. What the model was given, where that is kept: ${days === 1 ? 'one day' : `${days} days`} at most`,
    ],
  };
}

/** Who outside this process gets people's words, for `/privacy`. */
export function modelRecipients({ server }: ModelChoice): readonly PrivacyRecipient[] {
  if (server === undefined) return [];
  return [
    {
      what: 'the model',
      receives: 'your messages, the recent conversation, and the skills that fit',
      ...placeOf(server),
    },
  ];
}

/** What is done with people's words, by whom. */
export interface Doings {
  readonly recipients: readonly PrivacyRecipient[];
  readonly judges: boolean;
  readonly evolves: boolean;
  readonly others: readonly ContentUse[];
}

/** What `/privacy` says whatever the platform. */
export function privacyFacts(
  { homeFolder, settings }: Pick<LoadedSettings, 'homeFolder' | 'settings'>,
  { recipients, judges, evolves, others }: Doings,
): Pick<PrivacyReport, 'dataFolder' | 'recipients' | 'carriedOut' | 'operatorContact'> {
  const { contact } = settings.privacy;
  const uses: readonly ContentUse[] = [
    ...(judges ? (['judge'] as const) : []),
    ...(evolves ? (['evolve'] as const) : []),
    ...others,
  ];
  return {
    dataFolder: homeFolder,
    recipients,
    carriedOut: [...new Set(uses)],
    ...(contact === '' ? {} : { operatorContact: contact }),
  };
}

/**
 * What `/privacy` says on one platform. Where programs send what they ask of models concerns these alone: nothing of a chat goes
 * there. `proxy`: absent where it is off.
 */
export function privacyOn(
  platform: Platform,
  proxy: Pick<ComposedProxy, 'recipients'> | undefined,
  policy: ContentPolicy,
  report: PrivacyReport,
): PrivacyReport {
  if (platform !== apiPlatform || proxy === undefined) return report;
  return {
    ...report,
    recipients: [...proxy.recipients, ...report.recipients],
    uses: [{ platform, uses: usesOf(platform, policy), consentBy: 'key' }, ...report.uses],
  };
}
