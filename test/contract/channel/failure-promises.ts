import { expect } from 'vitest';
import { personId } from '../../../core/domain/ids.ts';
import {
  type ContractRunner,
  type Flag,
  must,
  rejection,
  type Stage,
  saying,
  words,
} from './contract-runner.ts';

type FlaggedCall = (stage: Stage) => Promise<unknown>;

/** One call for every member that stands behind a flag. */
const flagged: Readonly<Partial<Record<Flag, FlaggedCall>>> = {
  canEdit: async ({ channel, conversation }) =>
    channel.edit(await channel.send(conversation, saying('x')), saying('y')),
  canRemove: async ({ channel, conversation }) =>
    channel.remove(await channel.send(conversation, saying('x'))),
  canReact: async ({ channel, conversation }) =>
    channel.react(await channel.send(conversation, saying('x')), '👍'),
  canStreamNatively: ({ channel, conversation }) => channel.openStream(conversation, { sendKey: 's' }),
  canSendPrivately: ({ channel, conversation }) =>
    channel.send(conversation, saying('psst'), { privateTo: personId(channel.platform, '1') }),
  canShowActivity: ({ channel, conversation }) => channel.activity(conversation, 'thinking'),
  canOpenForms: ({ channel }) =>
    channel.openForm(
      { handle: 'h' },
      {
        formId: 'f',
        title: 'A form',
        submitLabel: 'Send',
        about: { platform: channel.platform, channelId: '1', messageId: '1' },
        fields: [],
      },
    ),
  canRegisterCommands: ({ channel }) => channel.registerCommands([{ name: 'help', summary: 'Help' }]),
  canPublishHome: ({ channel }) => channel.publishHome(personId(channel.platform, '1'), words('home')),
  canReadThreads: ({ channel, conversation }) =>
    channel.readThread(
      conversation,
      { platform: channel.platform, channelId: conversation.channelId, messageId: '1' },
      1,
    ),
};

function flaggedCalls(): [Flag, FlaggedCall][] {
  const flags: Flag[] = [
    'canEdit',
    'canRemove',
    'canReact',
    'canStreamNatively',
    'canSendPrivately',
    'canShowActivity',
    'canOpenForms',
    'canRegisterCommands',
    'canPublishHome',
    'canReadThreads',
  ];
  return flags.flatMap((flag) => {
    const call = flagged[flag];
    return call === undefined ? [] : [[flag, call]];
  });
}

export function failurePromises({ promise }: ContractRunner): void {
  promise('methods behind a false flag reject with unsupported', async (stage) => {
    const { capabilities } = stage.channel;
    for (const [flag, call] of flaggedCalls()) {
      if (capabilities[flag]) continue;
      const error = await rejection(() => call(stage), 'unsupported');
      expect(error.retryable).toBe(false);
    }
    if (capabilities.canShowFeedbackButtons) expect(capabilities.canShowActions).toBe(true);
    if (capabilities.canSendPrivately) expect(capabilities.canAnswerPrivately).toBe(true);
    if (stage.conversation.audience === 'group') {
      await rejection(
        () => stage.channel.openStream(stage.conversation, { sendKey: 'in a group' }),
        'unsupported',
      );
    }
  });

  promise('rate limit is rate_limited in milliseconds', async ({ channel, conversation, person, faults }) => {
    const waitMs = await must(faults?.limitRate, 'faults.limitRate')();
    const error = await rejection(() => channel.send(conversation, saying('too much')), 'rate_limited');
    expect(error.retryable).toBe(true);
    expect(error.retryAfterMs).toBeGreaterThan(waitMs / 2);
    expect(error.retryAfterMs).toBeLessThanOrEqual(waitMs);
    const again = await rejection(() => channel.send(conversation, saying('still too much')), 'rate_limited');
    expect(again.retryAfterMs).toBeLessThanOrEqual(waitMs);
    await must(faults?.heal, 'faults.heal')();
    expect(await person.seeAll()).toEqual([]);
  });

  promise(
    'a rate limit in the middle loses nothing and keeps the order',
    async ({ channel, conversation, person, faults }) => {
      await must(faults?.limitRateOnce, 'faults.limitRateOnce')();
      const texts = ['1', '2', '3', '4', '5'];
      const refs = await Promise.all(texts.map((text) => channel.send(conversation, saying(text))));
      expect((await person.seeAll()).map((seen) => seen.text)).toEqual(texts);
      for (const [index, ref] of refs.entries()) expect((await person.see(ref))?.text).toBe(texts[index]);
      expect(channel.health().queue?.waiting ?? 0).toBe(0);
    },
  );

  promise('a broken send is delivery_unknown', async ({ channel, conversation, person, faults }) => {
    await must(faults?.cutAfterDelivery, 'faults.cutAfterDelivery')();
    await rejection(() => channel.send(conversation, saying('did it arrive?')), 'delivery_unknown');
    // Shown once: the channel did not send it again on its own.
    expect((await person.seeAll()).map((seen) => seen.text)).toEqual(['did it arrive?']);
    await faults?.heal?.();
    await channel.send(conversation, saying('the next one'));
    expect((await person.seeAll()).map((seen) => seen.text)).toEqual(['did it arrive?', 'the next one']);
  });

  promise(
    'a platform that hangs is given up in time',
    async ({ channel, conversation, person, faults }) => {
      const ref = await channel.send(conversation, saying('before'));
      await must(faults?.hang, 'faults.hang')();
      // Whether it was shown cannot be known; an edit may simply be made again.
      await rejection(() => channel.send(conversation, saying('lost')), 'delivery_unknown');
      if (channel.capabilities.canEdit) {
        const error = await rejection(() => channel.edit(ref, saying('before, edited')), 'timeout');
        expect(error.retryable).toBe(true);
      }
      await must(faults?.heal, 'faults.heal')();
      await channel.send(conversation, saying('after'));
      expect((await person.seeAll()).map((seen) => seen.text)).toEqual(['before', 'after']);
    },
    [],
    { patience: 'short' },
  );

  promise(
    'a refused connection is network and retryable',
    async ({ channel, conversation, person, faults }) => {
      await must(faults?.refuseConnections, 'faults.refuseConnections')();
      const error = await rejection(() => channel.send(conversation, saying('nobody there')), 'network');
      expect(error.retryable).toBe(true);
      await faults?.heal?.();
      await channel.send(conversation, saying('somebody there'));
      expect((await person.seeAll()).map((seen) => seen.text)).toEqual(['somebody there']);
    },
  );
}
