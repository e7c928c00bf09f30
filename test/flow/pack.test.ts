import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { packageRoot } from '../../config/package-root.ts';
import { addressOf, metaclaw, runMetaclaw, workingFolder } from './metaclaw-process.ts';

const PACK_MS = 240_000;

function npm(args: readonly string[], folder: string) {
  return spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel', 'error'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** Installs the tarball from npm's own cache; where that does not hold everything, beside this project's packages. */
function install(tarball: string, folder: string): void {
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
  const options = ['--offline', '--ignore-scripts', '--omit=dev', '--omit=optional'];
  if (npm(['install', ...options, tarball], folder).status === 0) return;
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'metaclaw'), { recursive: true });
  execFileSync('tar', ['xzf', tarball, '-C', join(modules, 'metaclaw'), '--strip-components=1']);
  const theirs = join(packageRoot(), 'node_modules');
  for (const name of readdirSync(theirs)) {
    if (!name.startsWith('.') && !existsSync(join(modules, name)))
      symlinkSync(join(theirs, name), join(modules, name));
  }
}

test('a packed install has no sources and runs', { timeout: PACK_MS }, async () => {
  const folder = workingFolder();
  const packed = npm(['pack', '--json', '--pack-destination', folder], packageRoot());
  expect([packed.status, packed.status === 0 ? '' : packed.stdout + packed.stderr]).toEqual([0, '']);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  install(join(folder, tarball ?? ''), folder);

  const root = join(folder, 'node_modules', 'metaclaw');
  for (const path of [
    'README.md',
    'LICENSE',
    'bin/metaclaw.js',
    'config/default.yaml',
    'skills',
    'adapters/web/assets',
  ]) {
    expect([path, existsSync(join(root, path))]).toEqual([path, true]);
  }
  for (const path of ['main.ts', 'core', 'test', 'bench', '.ci', 'bin/pack.js']) {
    expect([path, existsSync(join(root, path))]).toEqual([path, false]);
  }

  const options = { folder, program: join(root, 'bin', 'metaclaw.js') };
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  expect(await runMetaclaw(['version'], options)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`metaclaw ${version} `),
  });
  const config = await runMetaclaw(['config', '--json'], options);
  expect(JSON.parse(config.stdout)).toMatchObject({ ok: true, home: join(folder, 'data') });
  const doctor = await runMetaclaw(['doctor'], options);
  expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringMatching(/skills: [1-9]\d* can be used/)]);

  const manifest = await runMetaclaw(['manifest', 'slack'], options);
  expect(JSON.parse(manifest.stdout)).toMatchObject({ settings: { socket_mode_enabled: true } });
  // Each platform's code, and the packages under it, is loaded only where its token is set.
  for (const platform of ['slack', 'telegram']) {
    const client = join(root, 'dist', 'adapters', platform, 'client.js');
    const loading = `await import(${JSON.stringify(pathToFileURL(client).href)}); process.stdout.write('loaded')`;
    const loaded = spawnSync(process.execPath, ['--input-type=module', '--eval', loading], {
      encoding: 'utf8',
    });
    expect([platform, loaded.stdout, loaded.stderr]).toEqual([platform, 'loaded', '']);
  }

  const bot = metaclaw(['start'], options);
  const address = await addressOf(bot);
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  const page = await (await fetch(address)).text();
  const asset = /(?:src|href)="([^"]+\.(?:js|css)[^"]*)"/.exec(page)?.[1] ?? '/no-asset-on-the-page';
  expect((await fetch(new URL(asset, address))).status).toBe(200);
  bot.child.kill('SIGTERM');
  expect((await bot.finished).code).toBe(0);
});
