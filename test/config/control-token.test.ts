import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { readControlToken, removeControlToken, writeControlToken } from '../../config/control-token.ts';
import { temporaryFolder } from './settings-folder.ts';

const ids = createSystemIds(createSystemClock());

test('the token file is for this account only, new at each start, and gone after the stop', () => {
  const home = join(temporaryFolder(), 'data');
  expect(readControlToken(home)).toBeUndefined();
  const first = writeControlToken(home, ids);
  expect(first).toMatch(/^[0-9a-z]{40}$/);
  const path = join(home, 'control.token');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readControlToken(home)).toBe(first);
  writeFileSync(path, 'loose', { mode: 0o644 });
  const second = writeControlToken(home, ids);
  expect(second).not.toBe(first);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(home)).toEqual(['control.token']);
  removeControlToken(home);
  removeControlToken(home);
  expect(readControlToken(home)).toBeUndefined();
});
