import { describe, expect, test } from 'vitest';
import { archiveAddress } from '../../../adapters/tinker/archive-address.ts';
import { never, type Rig, withRig } from './rig.ts';

const code = (code: string) => expect.objectContaining({ code });

describe('the address of an archive', () => {
  const host = '10.0.0.5:8000';
  const asked = `http://${host}/base/api/v1/training_runs/m/checkpoints/a/archive`;
  const of = { asked, host };

  test.each([
    ['https://files.example.com/a?signature=1', 'https://files.example.com/a?signature=1'],
    ['http://8.8.8.8:9000/a', 'http://8.8.8.8:9000/a'],
    [`http://${host}/download`, `http://${host}/download`],
    ['download', `http://${host}/base/api/v1/training_runs/m/checkpoints/a/download`],
    ['/api/v1/files/a', `http://${host}/api/v1/files/a`],
    ['//files.example.com/a', 'http://files.example.com/a'],
  ])('%s is fetched', (location, address) => {
    expect(archiveAddress(location, of)).toBe(address);
  });

  test.each([
    'http://127.0.0.1/a',
    'http://127.9.9.9:8000/a',
    'http://0x7f.1/a',
    'http://0.0.0.0/a',
    'http://10.0.0.5/a',
    'http://172.20.0.1/a',
    'http://192.168.1.1/a',
    'http://169.254.169.254/latest/meta-data',
    'http://100.64.0.1/a',
    'http://[::1]/a',
    'http://[::]/a',
    'http://[::ffff:127.0.0.1]/a',
    'http://[fd00::1]/a',
    'http://[fe80::1]/a',
    'http://localhost/a',
    'http://localhost./a',
    'http://x.localhost/a',
    'http://metadata.google.internal/a',
    'http://minio:9000/a',
    'ftp://files.example.com/a',
    'data:text/plain,secret',
    'http://',
  ])('%s is not fetched', (location) => {
    expect(() => archiveAddress(location, of)).toThrow(code('bad_reply'));
  });

  test('on the engine’s own disk is told of', () => {
    expect(() => archiveAddress('file:///data/a', of)).toThrow(code('unsupported'));
  });

  test('that is relative to nobody knows what is none', () => {
    expect(() => archiveAddress('/a', { asked: undefined, host })).toThrow(code('bad_reply'));
  });
});

describe('archives', () => {
  async function saved(rig: Rig): Promise<string> {
    const model = await rig.createModel();
    return rig.done(model.saveSampler('a', never()));
  }

  test.each(['tinker', 'skyrl', 'tuft', 'mint'] as const)('are fetched from %s', async (behaviour) => {
    await withRig(behaviour, {}, async (rig) => {
      const path = await saved(rig);
      const bytes = await rig.done(rig.client.checkpoints.archive(path, never()));
      expect(bytes.length).toBeGreaterThan(0);
    });
  });

  test.each([
    ['redirect', 'file:///data/tuft/a', 'unsupported'],
    ['redirect', 'http://127.0.0.1:9/a', 'bad_reply'],
    ['body', 'http://127.0.0.1:9/a', 'bad_reply'],
    ['body', 'data:text/plain,a', 'bad_reply'],
  ] as const)('that lie (%s) at %s are not fetched', async (form, address, wanted) => {
    await withRig('tuft', {}, async (rig) => {
      const path = await saved(rig);
      rig.fake.failNext(
        'checkpoint_archive',
        form === 'redirect'
          ? { kind: 'http', status: 302, headers: { location: address } }
          : { kind: 'http', status: 200, body: { url: address } },
      );
      const before = rig.wire.sent.length;
      expect((await rig.failure(rig.client.checkpoints.archive(path, never()))).code).toBe(wanted);
      expect(rig.wire.sent.length - before).toBe(1);
    });
  });
});
