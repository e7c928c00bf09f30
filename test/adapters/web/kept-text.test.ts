import { expect, test } from 'vitest';
import { describeCommands } from '../../../core/commands/describe-commands.ts';
import { createRecordingSink } from '../../contract/channel/recording-sink.ts';
import { clientId, createWebRig, openBrowser } from './web-rig.ts';

const secret = 'https://cal.example/private-0123/basic.ics?key=abc';

async function said(text: string, isRegistered = true) {
  const rig = createWebRig();
  const inbox = createRecordingSink();
  await rig.channel.start(inbox.sink);
  if (isRegistered) await rig.channel.registerCommands(describeCommands());
  const browser = await openBrowser(rig);
  const request = { id: clientId(), text };
  const answers = [
    await browser.post('/api/messages', request),
    await browser.post('/api/messages', request),
  ];
  const { messages } = await browser.conversation();
  return { rig, inbox, messages, statuses: answers.map(({ status }) => status) };
}

test.each([
  `/schedule calendar connect ${secret}`,
  ` /schedule calendars add ${secret} for space`,
  `/Schedule_Calendar connect <${secret}|here>`,
  `/metaclaw schedule calendar connect ${secret}`,
  `//schedule calendar finish ${secret}`,
  // Slips are answered, not done: what was typed is a secret all the same.
  `/schedule calender connect ${secret}`,
  `/shedule calendar connect ${secret}`,
])('of an address in %s the transcript keeps the host alone, and core gets it whole', async (text) => {
  const { rig, inbox, messages, statuses } = await said(text);
  expect(statuses).toEqual([202, 202]);
  expect(inbox.events[0]).toMatchObject({ type: 'command_invoked', line: expect.stringContaining(secret) });
  expect(messages).toHaveLength(1);
  expect(JSON.stringify(messages)).toContain('https://cal.example/…');
  const kept = JSON.stringify([messages, ...rig.transcripts.messages.values()]);
  expect(kept).not.toMatch(/private-0123|key=abc/);
});

test('before the commands are known none is taken to be harmless', async () => {
  const { messages } = await said(`/schedule calendar connect ${secret}`, false);
  expect(JSON.stringify(messages)).not.toContain('private-0123');
});

test.each([`Read ${secret}`, `/skill search ${secret}`])('%s is kept as it is', async (text) => {
  const { messages } = await said(text);
  expect(JSON.stringify(messages)).toContain('private-0123');
});
