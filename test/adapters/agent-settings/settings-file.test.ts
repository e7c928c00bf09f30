import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  readSettingsText,
  removeSettingsFile,
  writeSettingsText,
} from '../../../adapters/agent-settings/settings-file.ts';
import { temporaryFolder } from '../../config/settings-folder.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

const ids = createSequentialIds();
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('a settings file', () => {
  test('that is new is for its owner only, its folder too, and nothing is left beside it', () => {
    const path = join(temporaryFolder(), 'new', 'settings.json');
    writeSettingsText(path, '{}\n', { ids });
    expect([readFileSync(path, 'utf8'), modeOf(path), modeOf(join(path, '..'))]).toEqual([
      '{}\n',
      0o600,
      0o700,
    ]);
    expect(readdirSync(join(path, '..'))).toEqual(['settings.json']);
  });

  test('keeps its mode', () => {
    const path = join(temporaryFolder(), 'settings.json');
    writeFileSync(path, 'a');
    chmodSync(path, 0o640);
    writeSettingsText(path, 'b', { ids });
    expect(modeOf(path)).toBe(0o640);
  });

  test('behind links is written where they lead, also where nothing is there yet', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'dotfiles'));
    symlinkSync('dotfiles/real.json', join(folder, 'second.json'));
    symlinkSync(join(folder, 'second.json'), join(folder, 'first.json'));
    for (const text of ['one', 'two']) {
      writeSettingsText(join(folder, 'first.json'), text, { ids });
      expect(readFileSync(join(folder, 'dotfiles', 'real.json'), 'utf8')).toBe(text);
    }
    expect(lstatSync(join(folder, 'first.json')).isSymbolicLink()).toBe(true);
    removeSettingsFile(join(folder, 'first.json'));
    expect(readdirSync(join(folder, 'dotfiles'))).toEqual([]);
    symlinkSync('loop', join(folder, 'loop'));
    expect(() => writeSettingsText(join(folder, 'loop'), 'x', { ids })).toThrow(/leads to itself/);
  });

  test('that another program has changed meanwhile is left alone', () => {
    const path = join(temporaryFolder(), 'settings.json');
    writeFileSync(path, 'theirs');
    expect(() => writeSettingsText(path, 'ours', { ids, expected: 'before' })).toThrow(
      /changed by another program/,
    );
    expect(() => writeSettingsText(path, 'ours', { ids, expected: undefined })).toThrow(
      /changed by another program/,
    );
    expect([readFileSync(path, 'utf8'), readdirSync(join(path, '..'))]).toEqual([
      'theirs',
      ['settings.json'],
    ]);
  });

  test('that is not UTF-8 or not a file is refused; a mark at its start is kept', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'settings.json');
    expect(readSettingsText(path)).toBeUndefined();
    writeFileSync(path, Uint8Array.of(0x7b, 0xff));
    expect(() => readSettingsText(path)).toThrow(/not UTF-8/);
    writeFileSync(path, '\ufeff{}');
    expect(readSettingsText(path)).toBe('\ufeff{}');
    expect(() => readSettingsText(folder)).toThrow(/cannot be read \(EISDIR\)/);
  });
});
