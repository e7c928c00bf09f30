import { expect, test } from 'vitest';
import type { FakeSlack } from './fake-slack.ts';
import { clientOf, errorOf, withFakeSlack } from './slack-rig.ts';

const announce = async (slack: FakeSlack, length: number): Promise<{ url: string; id: string }> => {
  const wanted = { filename: 'a.png', length, alt_txt: 'a curve' };
  const answer = await clientOf(slack).apiCall('files.getUploadURLExternal', wanted);
  return { url: String(Reflect.get(answer, 'upload_url')), id: String(Reflect.get(answer, 'file_id')) };
};
const put = async (url: string, bytes: Uint8Array<ArrayBuffer>): Promise<number> => {
  const form = new FormData();
  form.append('file', new Blob([bytes]), 'a.png');
  return (await fetch(url, { method: 'POST', body: form })).status;
};
const share = (slack: FakeSlack, id: string, channel: string): Promise<unknown> =>
  clientOf(slack).apiCall('files.completeUploadExternal', { files: [{ id }], channel_id: channel });

test('a file is announced, put in its place, and shared once as a message of the bot', async () => {
  await withFakeSlack({}, async (slack) => {
    const ada = slack.person();
    const { url, id } = await announce(slack, 3);
    const bytes = new Uint8Array([1, 2, 3]);
    expect(await put(url, bytes)).toBe(200);
    await share(slack, id, ada.dm.id);
    expect(slack.seeAll(ada, ada.dm.id)).toMatchObject([{ text: '', pictures: [{ alt: 'a curve', bytes }] }]);
    expect(await errorOf(share(slack, id, ada.dm.id))).toBe('file_not_found');
  });
});

test('a file without its bytes, in a foreign channel, or for a person’s id is not shared', async () => {
  await withFakeSlack({}, async (slack) => {
    const ada = slack.person();
    const foreign = slack.channel({ hasBot: false });
    const { url, id } = await announce(slack, 1);
    expect(await errorOf(share(slack, id, ada.dm.id))).toBe('file_not_found');
    expect(await put(url, new Uint8Array([1]))).toBe(200);
    expect(await errorOf(share(slack, id, foreign.id))).toBe('not_in_channel');
    expect(await errorOf(share(slack, id, ada.user.id))).toBe('channel_not_found');
  });
});

test('bytes of another length, or for no announced file, are a fault of the caller’s', async () => {
  await withFakeSlack(
    {},
    async (slack) => {
      const { url } = await announce(slack, 3);
      expect(await put(url, new Uint8Array([1]))).toBe(400);
      expect(await put(`${url}-other`, new Uint8Array([1, 2, 3]))).toBe(404);
      expect(slack.violations).toHaveLength(2);
    },
    'violations',
  );
});
