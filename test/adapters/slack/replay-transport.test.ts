import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toInbound } from '../../../adapters/slack/inbound.ts';
import type { SlackFacts } from '../../../adapters/slack/inbound-facts.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import { createRecordingSink } from '../../contract/channel/recording-sink.ts';
import { startFakeSlack } from '../../fakes/slack/fake-slack.ts';
import { createSlackRig, installedManifest } from '../../scenarios/slack-rig.ts';
import { facts } from './inbound-payloads.ts';
import { fieldsOf, filledSample, fixturesPath, isAbsent, samples } from './recorded-payloads.ts';

type Kind = 'events_api' | 'slash_commands' | 'interactive';
type Fields = Readonly<Record<string, unknown>>;

interface Replayed {
  readonly kind: Kind;
  readonly body: Fields;
}

interface Workspace {
  readonly botUserId: string;
  readonly teamId: string;
  readonly commandName?: string;
  /** File and part of each recording, and the events that come of it. */
  readonly parts: readonly (readonly [string, string, Kind, ...InboundEvent['type'][]])[];
}

/** By the workspaces that they were recorded in. */
const workspaces: readonly Workspace[] = [
  {
    botUserId: 'U00FAKEBOT01',
    teamId: 'T00FAKE00AA',
    parts: [
      ['channel-mention', 'mention', 'events_api', 'message_received'],
      ['actions-reactions', 'mention', 'events_api', 'message_received'],
      ['actions-reactions', 'action', 'interactive', 'action_invoked'],
      ['actions-reactions', 'reaction', 'events_api', 'signal_given'],
      ['actions-reactions', 'staticSelectAction', 'interactive'],
      ['actions-reactions', 'radioButtonsAction', 'interactive'],
      ['streaming', 'aiMention', 'events_api', 'message_received'],
      ['streaming', 'followUp', 'events_api', 'message_received'],
    ],
  },
  {
    botUserId: 'U0ADXR1N57A',
    teamId: 'T0ADGE2G4EM',
    parts: [
      ['dm-direct', 'directDM', 'events_api', 'message_received'],
      ['dm-direct', 'followUp', 'events_api', 'message_received'],
    ],
  },
  {
    botUserId: 'U00FAKEBOT03',
    teamId: 'T00FAKE00BB',
    commandName: '/test-feedback',
    parts: [
      ['slash-commands', 'slashCommand', 'slash_commands', 'command_invoked'],
      ['slash-commands', 'slashCommandWithArgs', 'slash_commands', 'command_invoked'],
      // A form of another app: it names no message.
      ['slash-commands', 'viewSubmission', 'interactive'],
    ],
  },
  {
    botUserId: 'U08REALBOT1',
    teamId: 'T08REALTEAM1',
    parts: [
      // The bot's own.
      ['streaming', 'promptMessage', 'events_api'],
      ['streaming', 'buttonAction', 'interactive', 'action_invoked'],
      ['streaming', 'threadFollowUp', 'events_api', 'message_received'],
    ],
  },
];

const bodyOf = (file: string, part: string): Fields =>
  fieldsOf(fieldsOf(JSON.parse(readFileSync(join(fixturesPath, 'slack', `${file}.json`), 'utf8')))[part]);

/** What does not depend on when it arrived. */
function lasting(event: InboundEvent): Fields {
  const { occurredAt, ...rest } = event;
  const isTimed = event.type !== 'command_invoked' && event.type !== 'form_submitted';
  const { interaction, ...others } = { interaction: undefined, ...rest };
  return { ...others, ...(isTimed && { occurredAt }), hasInteraction: interaction !== undefined };
}

/** Sends the payloads through the SDK, one after another; what came of each. */
async function through(
  mode: 'socket' | 'http',
  { botUserId, teamId, commandName = '/metaclaw' }: Omit<Workspace, 'parts'>,
  payloads: readonly Replayed[],
): Promise<readonly (readonly InboundEvent[])[]> {
  const slack = await startFakeSlack({ manifest: installedManifest(mode), teamId, botUserId });
  const { apiRoot, botToken, appToken, signingSecret } = slack;
  const rig = createSlackRig({ mode, apiRoot, botToken, appToken, signingSecret, commandName });
  const { mount } = rig.channel;
  if (mount !== undefined) slack.routeEvents(async (request) => await mount.fetch(request));
  const inbox = createRecordingSink();
  try {
    await rig.channel.start(inbox.sink);
    const came: (readonly InboundEvent[])[] = [];
    for (const { kind, body } of payloads) {
      const before = inbox.events.length;
      expect(await slack.replay(kind, body)).toMatchObject({ isAcknowledged: true });
      came.push(inbox.events.slice(before));
    }
    expect(slack.violations).toEqual([]);
    expect(slack.sockets.strayAcknowledgements).toEqual([]);
    return came;
  } finally {
    await rig.stop();
    await slack.close();
  }
}

const mapped = (body: Fields, workspace: Omit<Workspace, 'parts'>): readonly Fields[] => {
  // The samples are old by now, and an old mention that was edited is not answered again.
  const given: SlackFacts = { ...facts, ...workspace, appId: undefined, now: Date.now() };
  return toInbound(body, given, () => undefined).events.map(lasting);
};

describe.skipIf(isAbsent).each(['socket', 'http'] as const)(
  'recorded payloads through the SDK, by %s (need ../shared/data)',
  (mode) => {
    test.each(workspaces)('$teamId', async ({ parts, ...workspace }) => {
      const payloads = parts.map(([file, part, kind]) => ({ kind, body: bodyOf(file, part) }));
      const came = await through(mode, workspace, payloads);
      expect(came.map((events) => events.map(({ type }) => type))).toEqual(
        parts.map(([_file, _part, _kind, ...types]) => types),
      );
      expect(came.map((events) => events.map(lasting))).toEqual(
        payloads.map(({ body }) => mapped(body, workspace)),
      );
    });

    test('samples of every payload', async () => {
      const workspace = { botUserId: facts.botUserId, teamId: facts.teamId };
      const payloads = samples.map((name) => ({ kind: 'events_api' as const, body: filledSample(name) }));
      const came = await through(mode, workspace, payloads);
      expect(came.flat().length).toBeGreaterThan(8);
      expect(came.map((events) => events.map(lasting))).toEqual(
        payloads.map(({ body }) => mapped(body, workspace)),
      );
    });
  },
);
